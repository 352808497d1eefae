import { css, html, nothing, repeat } from "../vendor/lit.js";
import { Part, define } from "../part.js";
import { shared } from "../styles.js";

const FILTERS = {
  all: undefined,
  waiting: ["queued", "in_flight", "in_doubt"],
  told: ["accepted", "delivered"],
  lost: ["failed", "expired", "cancelled"],
};
const PAGE = 50;
const MOST = 499; // in one answer

/** The messages that went out, the newest first, day by day. */
class Timeline extends Part {
  static properties = {
    _items: { state: true },
    _more: { state: true },
    _filter: { state: true },
    _person: { state: true },
  };

  static follows = ["messages"];

  static styles = [
    shared,
    css`
      .filters {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 220px));
        gap: 12px;
      }
      h3 {
        padding: 12px 0 4px;
        font-size: 14px;
        color: var(--agw-soft);
      }
      li {
        content-visibility: auto;
        contain-intrinsic-size: auto 69px;
      }
      li + li {
        border-top: 1px solid var(--agw-line);
      }
    `,
  ];

  constructor() {
    super();
    this._filter = "all";
    this._person = "";
  }

  /** The newest again, as many as are shown; those before them stay as they were. */
  async load() {
    const shown = Math.max(PAGE, this._items?.length ?? 0);
    const found = await this.fetch("messages", { ...this._wanted(), limit: Math.min(shown, MOST) });
    if (found) {
      const last = (this._items ?? []).findIndex((each) => each.uid === found.items.at(-1)?.uid);
      const older = found.more && last >= 0 ? this._items.slice(last + 1) : [];
      this._items = [...found.items, ...older];
      this._more = older.length ? this._more : found.more;
    }
  }

  async _older() {
    const found = await this.fetch("messages", {
      ...this._wanted(),
      limit: PAGE,
      before: this._items.at(-1).uid,
    });
    if (found) {
      this._items = [...this._items, ...found.items];
      this._more = found.more;
    }
  }

  _wanted() {
    const states = FILTERS[this._filter];
    return { ...(states ? { states } : {}), ...(this._person ? { person: this._person } : {}) };
  }

  render() {
    return html`<div class="stack">
      <h2>${this.say("page.messages")}</h2>
      <div class="filters">${this._filters()}</div>
      ${this.fault()} ${this._list()}
    </div>`;
  }

  _filters() {
    const { people } = this.page.overview.roster;
    return html`<div class="field">
        <label for="state">${this.say("timeline.state")}</label>
        <select id="state" @change=${(event) => this._choose({ _filter: event.target.value })}>
          ${Object.keys(FILTERS).map((each) => html`<option value=${each}>${this.say(`timeline.${each}`)}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="person">${this.say("timeline.person")}</label>
        <select id="person" @change=${(event) => this._choose({ _person: event.target.value })}>
          <option value="">${this.say("timeline.everybody")}</option>
          ${people.map((each) => html`<option value=${each.id}>${each.name}</option>`)}
        </select>
      </div>`;
  }

  _choose(choice) {
    Object.assign(this, choice, { _items: undefined });
    this.load();
  }

  _list() {
    if (!this._items) {
      return this._unread ? nothing : html`<p class="empty">${this.say("page.loading")}</p>`;
    }
    if (!this._items.length) {
      return html`<p class="card empty">${this.say("timeline.none")}</p>`;
    }
    return html`<div class="card">
      ${this._days().map(
        ([day, messages]) => html`<section>
          <h3>${this.page.moments.day(day)}</h3>
          <ul>
            ${repeat(
              messages,
              (each) => each.uid,
              (each) =>
                html`<li><agw-message-row .page=${this.page} .message=${each}></agw-message-row></li>`,
            )}
          </ul>
        </section>`,
      )}
      ${
        this._more
          ? html`<div class="row"><button class="outlined" @click=${this._older}>${this.say("page.older")}</button></div>`
          : nothing
      }
    </div>`;
  }

  _days() {
    const days = [];
    for (const message of this._items) {
      const last = days.at(-1);
      if (last && this.page.moments.sameDay(last[0], message.created_at)) {
        last[1].push(message);
      } else {
        days.push([message.created_at, [message]]);
      }
    }
    return days;
  }
}

define("agw-timeline", Timeline);
