import { css, html, nothing } from "../vendor/lit.js";
import { icon } from "../icons.js";
import { Part, define } from "../part.js";
import { shared } from "../styles.js";

const TONES = {
  queued: "",
  in_flight: "news",
  in_doubt: "warn",
  accepted: "news",
  delivered: "good",
  failed: "bad",
  expired: "warn",
  cancelled: "",
};
const CANCELLABLE = ["queued", "in_flight", "in_doubt"];

/** One message, and on demand each attempt to send it. */
class MessageRow extends Part {
  static properties = { message: { attribute: false }, _isOpen: { state: true }, _attempts: { state: true } };

  static styles = [
    shared,
    css`
      .head {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 2px 12px;
        align-items: center;
        width: 100%;
        padding: 10px 4px;
        border-radius: 8px;
        text-align: start;
        font-weight: 400;
        color: var(--agw-text);
      }
      .head:focus-visible {
        outline-offset: -2px;
      }
      .channel {
        display: grid;
        place-items: center;
        width: 36px;
        height: 36px;
        border-radius: 50%;
        background: var(--agw-fill);
        color: var(--agw-soft);
        grid-row: span 2;
      }
      .who {
        display: flex;
        gap: 8px;
        align-items: baseline;
        white-space: nowrap;
      }
      .who .soft {
        flex: none;
      }
      .name {
        font-weight: 500;
      }
      .name,
      .text {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        unicode-bidi: plaintext;
      }
      .text {
        grid-column: 2 / -1;
      }
      .open {
        margin-block: 0 12px;
        margin-inline: 52px 4px;
      }
      .bubble {
        padding: 10px 14px;
        border-radius: 12px;
        background: var(--agw-fill);
      }
      ol {
        margin: 12px 0;
      }
      ol li {
        position: relative;
        padding-block: 0 10px;
        padding-inline: 22px 0;
      }
      ol li::before {
        content: "";
        position: absolute;
        inset-inline-start: 2px;
        top: 6px;
        width: 10px;
        height: 10px;
        border-radius: 50%;
        background: var(--dot, var(--agw-calm-bar));
      }
      ol li:not(:last-child)::after {
        content: "";
        position: absolute;
        inset-inline-start: 6px;
        top: 18px;
        bottom: -4px;
        width: 2px;
        background: var(--agw-line);
      }
      .good {
        --dot: var(--agw-good-bar);
      }
      .bad {
        --dot: var(--agw-bad-bar);
      }
      .news {
        --dot: var(--agw-news-bar);
      }
      @media (max-width: 600px) {
        .open {
          margin-inline-start: 4px;
        }
      }
    `,
  ];

  constructor() {
    super();
    this._isOpen = false;
  }

  willUpdate(changed) {
    const before = changed.get("message");
    if (this._isOpen && before && before.uid === this.message.uid && before !== this.message) {
      this.load();
    }
  }

  async load() {
    const found = await this.fetch("attempts", { uid: this.message.uid });
    this._attempts = found?.items ?? this._attempts;
  }

  render() {
    const { message } = this;
    return html`<button class="head" aria-expanded=${this._isOpen} @click=${this._toggle}>
        <span class="channel">${icon(message.channel === "call" ? "call" : "out")}</span>
        <span class="who"><span class="name">${message.name ?? message.address}</span>
          <span class="soft small">${this.word("channel", message.channel)} · ${this.time(message.created_at, "time")}</span></span>
        ${this._state()}
        <span class="text soft">${message.text}</span>
      </button>
      ${this._isOpen ? this._whole() : nothing}`;
  }

  _state() {
    const { message } = this;
    if (message.read_at) {
      return this.chip("good", this.say("message.read"), "check");
    }
    const picture = { delivered: "check", failed: "warning", expired: "clock", queued: "clock" }[
      message.state
    ];
    return this.chip(TONES[message.state] ?? "", this.word("state", message.state), picture);
  }

  _whole() {
    const { message } = this;
    return html`<div class="open">
      <p class="bubble words">${message.text}</p>
      <ol>
        <li>${this.time(message.created_at, "exact")} · ${this.say("message.written", { kind: this.word("kind", message.kind) })}</li>
        ${(this._attempts ?? []).map((attempt) => this._attempt(attempt))}
        ${message.read_at ? html`<li class="good">${this.time(message.read_at, "exact")} · ${this.say("message.read")}</li>` : nothing}
        ${this._next()}
      </ol>
      ${message.in_doubt ? html`<p class="soft small">${this.say("message.in_doubt")}</p>` : nothing}
      <p class="soft small">${this._figures()}</p>
      ${this.fault()} ${this._cancel()}
    </div>`;
  }

  _attempt(attempt) {
    const by = { number: attempt.number, route: this.titleOf(attempt.route) };
    const outcome = attempt.ended_at ? this.word("outcome", attempt.outcome) : this.say("message.under_way");
    const tone = { accepted: "news" }[attempt.outcome] ?? (attempt.error_class ? "bad" : "");
    const why = [attempt.reason, attempt.code].filter(Boolean).join(" · ");
    return html`<li class=${tone}>
        ${this.time(attempt.began_at, "exact")} · ${this.say("message.attempt", by)}: ${outcome}
        ${why ? html`<br /><span class="soft small words">${why}</span>` : nothing}
      </li>
      ${this._reports(attempt)}`;
  }

  _reports({ segments }) {
    const told = segments.filter((each) => each.report);
    return told.map(
      (each) => html`<li class=${{ delivered: "good", read: "good", failed: "bad" }[each.report] ?? ""}>
        ${each.reported_at ? html`${this.time(each.reported_at, "exact")} · ` : nothing}${this.word("report", each.report)}${
          segments.length > 1
            ? html` · ${this.say("message.part", { part: each.segment + 1, parts: segments.length })}`
            : nothing
        }
      </li>`,
    );
  }

  _next() {
    const { message } = this;
    if (message.is_final || message.state === "accepted") {
      return message.reason && message.is_final && message.state !== "delivered"
        ? html`<li class="bad">${this.word("state", message.state)}: <span class="words">${message.reason}</span></li>`
        : nothing;
    }
    return html`<li>${this.say("message.next", { time: this.page.moments.when(message.due_at) })}${
      message.reason ? html`<br /><span class="soft small words">${message.reason}</span>` : nothing
    }</li>`;
  }

  _figures() {
    const { message } = this;
    return [
      message.address,
      this.say("message.segments", { count: message.segments }),
      this.say("message.priority", { priority: this.word("priority", message.priority) }),
      message.expires_at
        ? this.say("message.expires", { time: this.page.moments.when(message.expires_at) })
        : "",
    ]
      .filter(Boolean)
      .join(" · ");
  }

  _cancel() {
    const { message } = this;
    if (!this.mayAct || !CANCELLABLE.includes(message.state)) {
      return nothing;
    }
    return html`<button class="outlined" aria-disabled=${this._busy} @click=${this._takeBack}>
      ${icon("close")}${this.say("message.cancel")}
    </button>`;
  }

  async _takeBack() {
    const answer = await this.act("cancel_message", { uid: this.message.uid });
    if (answer?.verdict === "unchanged") {
      this._fault = this.say("message.too_late");
    } else if (answer) {
      this.page.announce(this.say("message.cancelled"));
    }
  }

  _toggle() {
    this._isOpen = !this._isOpen;
    if (this._isOpen) {
      this.load();
    }
  }
}

define("agw-message-row", MessageRow);
