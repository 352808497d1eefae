import { css, html, nothing, repeat } from "../vendor/lit.js";
import { icon } from "../icons.js";
import { Part, define } from "../part.js";
import { shared } from "../styles.js";

const RECENT = 10;
const MOST_RECENT = 100;
const MORE = 100; // alarms; as many come with the overview
const MOST = 1000; // in one answer
const FEW = 5; // alarms that are found without searching
const TYPING = 250; // milliseconds without a key until it is searched

/** Open alarms, and those that are over. */
class Alarms extends Part {
  static properties = {
    _recent: { state: true },
    _moreRecent: { state: true },
    _opened: { state: true },
    _words: { state: true },
    _found: { state: true },
  };

  static follows = ["alarms"];

  static styles = [
    shared,
    css`
      .calm {
        display: grid;
        justify-items: center;
        gap: 8px;
        padding: 48px 16px;
        text-align: center;
      }
      .calm .icon {
        width: 48px;
        height: 48px;
        padding: 10px;
        border-radius: 50%;
        background: var(--agw-good-tint);
        color: var(--agw-good);
      }
      .open > li {
        content-visibility: auto; /* a thousand of them are laid out as they come into view */
        contain-intrinsic-size: auto 240px;
      }
      .find {
        max-width: 360px;
      }
      .recent li {
        border-top: 1px solid var(--agw-line);
      }
      .recent li:first-child {
        border-top: 0;
      }
      summary {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 0 12px;
        padding: 10px 4px;
        border-radius: 8px;
        cursor: pointer;
        list-style: none;
      }
      summary:hover {
        background: var(--agw-fill);
      }
      details agw-alarm-story {
        margin: 0 4px 12px;
      }
    `,
  ];

  constructor() {
    super();
    this._words = "";
    this._opened = new Set();
    this._wanted = MORE;
    this._recentWanted = RECENT;
    this._dialogs = {
      shelve: (about) => this._dialog("agw-shelve-dialog").ask(about),
      close: (about) => this._dialog("#close").ask(about),
    };
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this._typing);
  }

  willUpdate() {
    this._focused = this.renderRoot?.activeElement;
    this._within = this._focused?.renderRoot?.activeElement;
  }

  /** A card that moved to another place keeps the focus that it had. */
  updated() {
    super.updated();
    if (this._within?.isConnected && this.renderRoot.activeElement !== this._focused) {
      this._within.focus({ preventScroll: true });
    }
  }

  async load() {
    const over = { states: ["closed"], limit: this._recentWanted };
    const [recent] = await Promise.all([this.fetch("alarms", over), this._search()]);
    this._recent = recent?.items ?? this._recent;
    this._moreRecent = recent?.more ?? this._moreRecent;
  }

  /** The overview has the worst hundred; more of them, and those with certain words, are asked for. */
  async _search() {
    if (!this._words && this._wanted <= MORE) {
      this._found = undefined;
      return;
    }
    const asked = { find: this._words, limit: Math.min(this._wanted, MOST) };
    this._found = (await this.fetch("open_alarms", asked)) ?? this._found;
  }

  render() {
    const { overview } = this.page;
    return html`<div class="stack">
        ${this._head(overview)} ${this._filter(overview)} ${this.fault()}
        ${overview.user.may_act ? nothing : html`<p class="note">${this.say("alarms.look_only")}</p>`}
        <ul class="stack open">
          ${repeat(
            this._found?.items ?? overview.alarms,
            (alarm) => alarm.id,
            (alarm) => html`<li>
              <agw-alarm-card .page=${this.page} .alarm=${alarm} .dialogs=${this._dialogs}></agw-alarm-card>
            </li>`,
          )}
        </ul>
        ${this._more(overview)} ${this._over()}
      </div>
      ${this._questions()}`;
  }

  _head({ open, unacknowledged }) {
    if (open === 0) {
      return html`<section class="card calm">
        ${icon("check")}
        <h2>${this.say("alarms.none")}</h2>
        <p class="soft">${this.say("alarms.none_hint")}</p>
      </section>`;
    }
    return html`<div class="row spread">
      <div>
        <h2>${this.say("alarms.open", { count: open })}</h2>
        <p class="soft">${unacknowledged ? this.say("alarms.not_taken", { count: unacknowledged }) : this.say("alarms.all_taken")}</p>
      </div>
      ${
        unacknowledged > 1 && this.mayAct
          ? html`<button class="outlined" aria-disabled=${this._busy} @click=${this._acknowledgeAll}>
            ${icon("check")}${this.say("alarms.acknowledge_all")}
          </button>`
          : nothing
      }
    </div>`;
  }

  _filter({ open }) {
    if (open <= FEW && !this._words) {
      return nothing;
    }
    return html`<div class="field find">
      <label for="find">${this.say("alarms.find")}</label>
      <input id="find" type="search" maxlength="100" autocomplete="off" .value=${this._words} @input=${this._type} />
      <p class="soft small" role="status">
        ${this._words && this._found ? this.say("alarms.found", { count: this._found.count }) : nothing}
      </p>
    </div>`;
  }

  _type(event) {
    this._words = event.target.value;
    this._wanted = MORE;
    clearTimeout(this._typing);
    this._typing = setTimeout(() => this._search(), TYPING);
  }

  _more({ open, alarms }) {
    const { count = open, items = alarms } = this._found ?? {};
    const more = count - items.length;
    return more > 0
      ? html`<div class="row">
          <span class="soft">${this.say("alarms.more", { count: more })}</span>
          ${this._wanted < MOST ? html`<button class="outlined" @click=${this._showMore}>${this.say("page.more")}</button>` : nothing}
        </div>`
      : nothing;
  }

  _showMore() {
    this._wanted += MORE;
    this._search();
  }

  _over() {
    if (!this._recent?.length) {
      return nothing;
    }
    return html`<section class="card" aria-labelledby="over">
      <h2 id="over">${this.say("alarms.over")}</h2>
      <ul class="recent">
        ${repeat(
          this._recent,
          (alarm) => alarm.id,
          (alarm) => html`<li>${this._past(alarm)}</li>`,
        )}
      </ul>
      ${
        this._moreRecent && this._recentWanted < MOST_RECENT
          ? html`<button class="outlined" @click=${this._showOlder}>${this.say("page.older")}</button>`
          : nothing
      }
    </section>`;
  }

  _past(alarm) {
    const story = html`<agw-alarm-story .page=${this.page} .alarm=${alarm} .told=${alarm}></agw-alarm-story>`;
    return html`<details @toggle=${() => this._open(alarm.id)}>
      <summary>
        <span class="words">${alarm.title || alarm.key}</span>
        <span class="soft">${this.time(alarm.closed_at)}</span>
        <span class="soft small">${this.word("severity", alarm.severity)} · ${this._fate(alarm)}</span>
      </summary>
      ${this._opened.has(alarm.id) ? story : nothing}
    </details>`;
  }

  _open(id) {
    this._opened = new Set([...this._opened, id]);
  }

  _fate(alarm) {
    return alarm.acked_by
      ? this.say("alarms.taken_by", { who: alarm.acked_by })
      : this.say("alarms.taken_by_nobody");
  }

  _showOlder() {
    this._recentWanted = Math.min(this._recentWanted + 3 * RECENT, MOST_RECENT);
    this.load();
  }

  /** One of each for all cards: a thousand cards are enough. */
  _questions() {
    return html`<agw-shelve-dialog .page=${this.page}></agw-shelve-dialog>
      <agw-confirm-dialog
        id="close"
        .page=${this.page}
        .heading=${this.say("alarm.close_heading")}
        .words=${this.say("alarm.close_hint")}
        .yes=${this.say("alarm.close")}
        .isDanger=${true}
      ></agw-confirm-dialog>
      <agw-confirm-dialog
        id="all"
        .page=${this.page}
        .heading=${this.say("alarms.acknowledge_all")}
        .words=${this.say("alarms.acknowledge_all_hint")}
        .yes=${this.say("alarms.acknowledge_all")}
      ></agw-confirm-dialog>`;
  }

  _dialog(which) {
    return this.renderRoot.querySelector(which);
  }

  async _acknowledgeAll() {
    if (await this._dialog("#all").ask()) {
      await this.act("acknowledge_all", {}, this.say("alarms.acknowledged_all"));
    }
  }
}

define("agw-alarms", Alarms);
