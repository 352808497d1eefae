import { css, html, nothing, repeat } from "../vendor/lit.js";
import { newRequestId } from "../asking.js";
import { icon } from "../icons.js";
import { Part, define } from "../part.js";
import { isOneSms } from "../sms.js";
import { shared } from "../styles.js";

const PAGE = 50;
const LONGEST = 1600; // characters; more is refused by the engine
const NEARLY = 40; // pixels from the end that count as the end

/** What was written to and by somebody, and a place to answer. */
class Conversation extends Part {
  static properties = {
    asked: { attribute: false },
    name: { attribute: false },
    _items: { state: true },
    _more: { state: true },
    _whose: { state: true },
    _text: { state: true },
  };

  static follows = ["messages", "inbound"];

  static styles = [
    shared,
    css`
      section {
        display: grid;
        gap: 12px;
      }
      .items {
        display: grid;
        gap: 10px;
        max-height: min(60vh, 640px);
        overflow-y: auto;
        padding: 4px;
      }
      li {
        display: grid;
        justify-items: start;
        gap: 2px;
      }
      li.ours {
        justify-items: end;
      }
      .bubble {
        max-width: min(85%, 520px);
        padding: 10px 14px;
        border-radius: 16px;
        border-end-start-radius: 4px;
        background: var(--agw-fill);
      }
      .ours .bubble {
        border-end-start-radius: 16px;
        border-end-end-radius: 4px;
        background: var(--agw-accent-tint);
      }
      .day {
        justify-items: center;
        padding-top: 8px;
        font-size: 13px;
        color: var(--agw-soft);
      }
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 4px 8px;
        align-items: end;
        border-top: 1px solid var(--agw-line);
        padding-top: 12px;
      }
      .below {
        grid-column: 1 / -1;
      }
    `,
  ];

  constructor() {
    super();
    this._text = "";
    this._drafts = new Map();
  }

  willUpdate(changed) {
    const before = changed.get("asked");
    if (before && keyOf(before) !== keyOf(this.asked)) {
      this._turnTo(before);
    }
  }

  /** Whoever comes back finds what they had begun to write. */
  _turnTo(before) {
    this._drafts.set(keyOf(before), { text: this._text, requestId: this._requestId });
    const draft = this._drafts.get(keyOf(this.asked));
    this._text = draft?.text ?? "";
    this._requestId = draft?.requestId;
    this._items = undefined;
    this._whose = undefined;
    this._fault = "";
    this.load();
  }

  /** The newest again; what older ones were fetched stay, and whoever reads them is not scrolled away. */
  async load() {
    const found = await this.fetch("conversation", { ...this.asked, limit: PAGE });
    if (!found) {
      return;
    }
    const isAtEnd = !this._items || this._isAtEnd();
    this._announceWhatCame(found.items);
    this._take(found);
    await this.updateComplete;
    if (isAtEnd) {
      const list = this.renderRoot.querySelector(".items");
      list?.scrollTo({ top: list.scrollHeight });
    }
  }

  _take({ items, more, whose }) {
    const newest = items.toReversed();
    const known = (this._items ?? []).findIndex((item) => item.id === newest[0]?.id);
    const older = known < 0 ? [] : this._items.slice(0, known); // with a gap between them they are fetched anew
    this._more = older.length ? this._more : more;
    this._items = [...older, ...newest];
    this._whose = whose ?? undefined;
  }

  _announceWhatCame(items) {
    const known = new Set(this._items?.map((item) => item.id));
    const came = this._items ? items.filter((item) => item.inbound && !known.has(item.id)) : [];
    if (came.length) {
      const name = this._name;
      this.page.announce(came.map(({ inbound }) => this.say("conversations.arrived", { name, text: inbound.text })).join(" "));
    }
  }

  _isAtEnd() {
    const list = this.renderRoot.querySelector(".items");
    return !list || list.scrollHeight - list.scrollTop - list.clientHeight < NEARLY;
  }

  async _older() {
    const found = await this.fetch("conversation", { ...this.asked, limit: PAGE, before: this._items[0].id });
    if (!found) {
      return;
    }
    const list = this.renderRoot.querySelector(".items");
    const below = list.scrollHeight - list.scrollTop;
    this._items = [...found.items.toReversed(), ...this._items];
    this._more = found.more;
    await this.updateComplete;
    list.scrollTop = list.scrollHeight - below;
    list.focus({ preventScroll: true });
  }

  get _name() {
    return this.name || this._whose?.name || this._whose?.address || "";
  }

  focus(options) {
    this.renderRoot.querySelector("h2").focus(options);
  }

  render() {
    return html`<section class="card" aria-labelledby="name">
      <div class="row">
        ${this.back()}
        <h2 id="name" class="words" tabindex="-1">${this._name}</h2>
      </div>
      ${this._thread()} ${this.fault()} ${this.mayAct && this._items ? this._compose() : nothing}
    </section>`;
  }

  _thread() {
    if (!this._items) {
      return html`<p class="empty">${this._unread ? nothing : this.say("page.loading")}</p>`;
    }
    if (!this._items.length) {
      return html`<p class="empty">${this.say("conversations.empty")}</p>`;
    }
    return html`<ol class="items" tabindex="0" aria-label=${this.say("conversations.thread", { name: this._name })}>
      ${
        this._more
          ? html`<li class="day"><button @click=${this._older}>${this.say("page.older")}</button></li>`
          : nothing
      }
      ${repeat(
        this._items,
        (item) => item.id,
        (item, index) =>
          html`${this._day(item, this._items[index - 1])}${item.inbound ? this._theirs(item) : this._ours(item)}`,
      )}
    </ol>`;
  }

  _day(item, before) {
    return before && this.page.moments.sameDay(before.at, item.at)
      ? nothing
      : html`<li class="day">${this.page.moments.day(item.at)}</li>`;
  }

  _theirs({ at, inbound }) {
    return html`<li>
      <span class="hidden">${this.say("conversations.from", { name: this._name })}</span>
      <p class="bubble words">${inbound.text}</p>
      <span class="soft small">${this.time(at, "time")} · ${this._meaning(inbound)}</span>
    </li>`;
  }

  _meaning(inbound) {
    const word = inbound.keyword && inbound.meaning === "command" ? ` (${inbound.keyword})` : "";
    const refusal = inbound.refusal ? `: ${this.word("refusal", inbound.refusal)}` : "";
    const missing = inbound.missing_segments
      ? ` · ${this.say("conversations.missing", { count: inbound.missing_segments })}`
      : "";
    return this.word("meaning", inbound.meaning || "text") + word + refusal + missing;
  }

  _ours({ at, message }) {
    return html`<li class="ours">
      <span class="hidden">${this.say("conversations.ours")}</span>
      <p class="bubble words">${message.text}</p>
      <span class="soft small">${this.time(at, "time")} · ${this.word("channel", message.channel)} · ${
        message.read_at ? this.say("message.read") : this.word("state", message.state)
      }</span>
    </li>`;
  }

  _compose() {
    return html`<form @submit=${this._send}>
      <div class="field">
        <label for="text">${this.say("conversations.text")}</label>
        <textarea id="text" rows="2" maxlength=${LONGEST} .value=${this._text} aria-describedby="size"
          @input=${this._write} @keydown=${this._key}></textarea>
      </div>
      <button class="filled" aria-disabled=${this._busy || !this._text.trim()}>${icon("send")}${this.say("conversations.send")}</button>
      <span id="size" class="soft small below">${this._hint()}</span>
    </form>`;
  }

  _hint() {
    const way = this.say(this._inbound() ? "conversations.answers" : "conversations.first_channel");
    return isOneSms(this._text)
      ? way
      : `${way} ${this.say("conversations.long", { count: this._text.length })}`;
  }

  _write(event) {
    this._text = event.target.value;
    this._requestId = undefined;
  }

  _key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      this._send(event);
    }
  }

  /** The newest of theirs: an answer goes back by the way it came. */
  _inbound() {
    return this._items?.findLast((item) => item.inbound)?.inbound.id ?? this.asked.inbound;
  }

  async _send(event) {
    event.preventDefault();
    if (!this._text.trim() || this._busy) {
      return;
    }
    this._requestId ??= newRequestId();
    const { asked, _text: text } = this;
    const what = { text, request_id: this._requestId };
    const inbound = this._inbound();
    const sent = inbound
      ? await this.act("reply", { inbound, ...what }, this.say("conversations.sent"))
      : await this.act("send", { person: asked.person, ...what }, this.say("conversations.sent"));
    if (sent) {
      this._forget(asked, text);
      await this.load();
    }
  }

  /** What was sent is written no more; what was written meanwhile, here or to somebody else, stays. */
  _forget(asked, text) {
    if (keyOf(asked) !== keyOf(this.asked)) {
      this._drafts.delete(keyOf(asked));
    } else if (this._text === text) {
      this._text = "";
      this._requestId = undefined;
    }
  }
}

const keyOf = ({ person, inbound }) => person ?? `from:${inbound}`;

define("agw-conversation", Conversation);
