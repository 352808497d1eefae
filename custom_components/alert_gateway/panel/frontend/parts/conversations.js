import { css, html, nothing, repeat } from "../vendor/lit.js";
import { icon } from "../icons.js";
import { Part, define } from "../part.js";
import { shared } from "../styles.js";

const MOST = 500; // who ever wrote
const STRANGER = "from:"; // and the id of one of their messages: numbers are in no address
const INBOX = "inbox";

/** Whom to read and write: people, and strangers who wrote; beside it the conversation of one, or all that came. */
class Conversations extends Part {
  static properties = { whose: { attribute: false }, _senders: { state: true } };

  static follows = ["inbound"];

  static styles = [
    shared,
    css`
      .sides {
        display: grid;
        grid-template-columns: minmax(240px, 320px) minmax(0, 1fr);
        gap: 16px;
        align-items: start;
      }
      .sides.narrow {
        grid-template-columns: minmax(0, 1fr);
      }
      .list {
        padding: 8px;
      }
      .list a {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 0 12px;
        align-items: center;
        min-height: 60px;
        padding: 8px;
        border-radius: 8px;
        color: var(--agw-text);
        text-decoration: none;
      }
      .list a:hover {
        background: var(--agw-fill);
      }
      .list a[aria-current] {
        background: var(--agw-accent-tint);
      }
      .face {
        display: grid;
        place-items: center;
        grid-row: span 2;
        width: 40px;
        height: 40px;
        border-radius: 50%;
        background: var(--agw-accent-tint);
        color: var(--agw-accent);
        font-weight: 500;
      }
      .name {
        font-weight: 500;
      }
      .name,
      .last {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        unicode-bidi: plaintext;
      }
      .last {
        grid-column: 2 / -1;
      }
      .alone {
        grid-row: span 2;
      }
      h3 {
        padding: 12px 8px 4px;
        font-size: 14px;
        color: var(--agw-soft);
      }
    `,
  ];

  constructor() {
    super();
    this._aliases = new Map(); // by id of a message: who wrote it
  }

  async load() {
    const found = await this.fetch("senders", { limit: MOST });
    for (const each of found?.items ?? []) {
      this._aliases.set(each.id, each.alias);
    }
    this._senders = found?.items ?? this._senders;
  }

  /** On a phone one side makes room for the other, and takes the focus along. */
  updated(changed) {
    super.updated();
    if (this.page.narrow && changed.get("whose") !== undefined) {
      this._moveFocus();
    }
  }

  async _moveFocus() {
    const side = this.renderRoot.querySelector("nav, agw-conversation, agw-inbox");
    await side.updateComplete;
    side.focus({ preventScroll: true });
  }

  render() {
    const { narrow } = this.page;
    return html`<div class="stack">
      ${narrow && this.whose ? nothing : html`<h2>${this.say("page.conversations")}</h2>`} ${this.fault()}
      <div class="sides ${narrow ? "narrow" : ""}">
        ${narrow && this.whose ? nothing : this._list()} ${narrow && !this.whose ? nothing : this._side()}
      </div>
    </div>`;
  }

  _list() {
    const strangers = (this._senders ?? []).filter((each) => !each.person);
    const isInbox = this.whose === INBOX || (!this.whose && !this.page.narrow);
    return html`<nav class="card list" tabindex="-1" aria-label=${this.say("page.conversations")}>
      <ul>
        <li>
          ${this._entry(INBOX, isInbox, html`<span class="face" aria-hidden="true">${icon("in")}</span>
            <span class="name alone">${this.say("conversations.inbox")}</span>`)}
        </li>
        ${repeat(
          this._people(),
          ({ person }) => person.id,
          ({ person, newest }) => html`<li>${this._person(person, newest)}</li>`,
        )}
      </ul>
      ${
        strangers.length
          ? html`<h3>${this.say("conversations.strangers")}</h3>
            <ul>
              ${repeat(
                strangers,
                (each) => each.alias,
                (each) => html`<li>${this._stranger(each)}</li>`,
              )}
            </ul>`
          : nothing
      }
    </nav>`;
  }

  /** Whoever wrote last is first. */
  _people() {
    const newest = new Map(this._senders?.map((each) => [each.person, each]));
    const when = ({ newest: each }) => (each ? Date.parse(each.received_at) : 0);
    return this.page.overview.roster.people
      .map((person) => ({ person, newest: newest.get(person.id) }))
      .toSorted((one, other) => when(other) - when(one));
  }

  _person(person, newest) {
    return this._entry(person.id, person.id === this.whose, this._who(initials(person.name), person.name, newest));
  }

  _stranger(newest) {
    const whose = this.whose?.startsWith(STRANGER) ? this.whose.slice(STRANGER.length) : undefined;
    const isCurrent = whose !== undefined && this._aliases.get(whose) === newest.alias;
    return this._entry(`${STRANGER}${newest.id}`, isCurrent, this._who("?", newest.address, newest));
  }

  _who(face, name, newest) {
    const nothingYet = this._senders ? this.say("conversations.wrote_nothing") : "";
    return html`<span class="face" aria-hidden="true">${face}</span>
      <span class="name">${name}</span>
      <span class="soft small">${newest ? this.time(newest.received_at, "brief") : nothing}</span>
      <span class="soft small last">${newest ? newest.text : nothingYet}</span>`;
  }

  _entry(whose, isCurrent, words) {
    const address = this.page.address(`conversations/${encodeURIComponent(whose)}`);
    return html`<a
      href=${address}
      aria-current=${isCurrent ? "page" : nothing}
      @click=${(event) => this.follow(event, address)}
      >${words}</a
    >`;
  }

  _side() {
    if (!this.whose || this.whose === INBOX) {
      return html`<agw-inbox .page=${this.page}></agw-inbox>`;
    }
    const inbound = this.whose.startsWith(STRANGER) ? this.whose.slice(STRANGER.length) : undefined;
    const asked = inbound ? { inbound } : { person: this.whose };
    const person = this.page.overview.roster.people.find((each) => each.id === this.whose);
    return html`<agw-conversation .page=${this.page} .asked=${asked} .name=${person?.name ?? ""}></agw-conversation>`;
  }
}

/** "Anna Maria Berger" is AB. */
export function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...word][0] ?? "");
  return letters.join("").toUpperCase();
}

define("agw-conversations", Conversations);
