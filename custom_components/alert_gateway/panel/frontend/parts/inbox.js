import { css, html, nothing, repeat } from "../vendor/lit.js";
import { Part, define } from "../part.js";
import { shared } from "../styles.js";

const PAGE = 50;
const TONES = { command: "good", refused: "bad", misused: "warn", challenged: "news", stop: "warn" };

/** All that anybody wrote to the gateway, the newest first, and what it was taken for. */
class Inbox extends Part {
  static properties = { _items: { state: true }, _more: { state: true } };

  static follows = ["inbound"];

  static styles = [
    shared,
    css`
      li + li {
        border-top: 1px solid var(--agw-line);
      }
      li a {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 2px 12px;
        padding: 10px 4px;
        border-radius: 8px;
        color: var(--agw-text);
        text-decoration: none;
      }
      li a:hover {
        background: var(--agw-fill);
      }
      .name {
        font-weight: 500;
        overflow-wrap: anywhere;
      }
      .text {
        grid-column: 1 / -1;
      }
    `,
  ];

  /** The newest again; what older ones were fetched stay, unless there is a gap between them. */
  async load() {
    const found = await this.fetch("inbox", { limit: PAGE });
    if (found) {
      const last = (this._items ?? []).findIndex((each) => each.id === found.items.at(-1)?.id);
      const older = last < 0 ? [] : this._items.slice(last + 1);
      this._more = older.length ? this._more : found.more;
      this._items = [...found.items, ...older];
    }
  }

  async _older() {
    const found = await this.fetch("inbox", { limit: PAGE, before: this._items.at(-1).id });
    if (found) {
      this._items = [...this._items, ...found.items];
      this._more = found.more;
    }
  }

  focus(options) {
    this.renderRoot.querySelector("h2").focus(options);
  }

  render() {
    return html`<section class="card" aria-labelledby="inbox">
      <div class="row">
        ${this.back()}
        <h2 id="inbox" tabindex="-1">${this.say("conversations.inbox")}</h2>
      </div>
      ${this.fault()} ${this._list()}
    </section>`;
  }

  _list() {
    if (!this._items) {
      return html`<p class="empty">${this._unread ? nothing : this.say("page.loading")}</p>`;
    }
    if (!this._items.length) {
      return html`<p class="empty">${this.say("conversations.inbox_empty")}</p>`;
    }
    return html`<ul>
        ${repeat(
          this._items,
          (each) => each.id,
          (each) => html`<li>${this._row(each)}</li>`,
        )}
      </ul>
      ${this._more ? html`<button class="outlined" @click=${this._older}>${this.say("page.older")}</button>` : nothing}`;
  }

  _row(inbound) {
    const path = `conversations/${encodeURIComponent(inbound.person ?? `from:${inbound.id}`)}`;
    const words = html`<span class="name">${inbound.name ?? inbound.address}</span>
      <span class="soft small">${this.time(inbound.received_at)}</span>
      <span class="text words">${inbound.text}</span>
      <span class="text row">
        ${this.chip(TONES[inbound.meaning] ?? "", this._meaning(inbound))}
        <span class="soft small">${this.word("channel", inbound.channel)} · ${this.titleOf(inbound.route)}</span>
      </span>`;
    return this.link(path, words, "");
  }

  _meaning({ meaning, refusal, keyword }) {
    const word = keyword && meaning === "command" ? ` (${keyword})` : "";
    return this.word("meaning", meaning || "text") + word + (refusal ? `: ${this.word("refusal", refusal)}` : "");
  }
}

define("agw-inbox", Inbox);
