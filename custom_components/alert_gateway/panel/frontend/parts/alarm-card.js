import { css, html, nothing } from "../vendor/lit.js";
import { icon } from "../icons.js";
import { webAddress } from "../links.js";
import { Part, define } from "../part.js";
import { shared } from "../styles.js";

export const TONES = { critical: "bad", high: "warn", normal: "news", info: "calm" };

/** One open alarm: what it is, who has it, and what can be done. `dialogs` ask for how long, and whether. */
class AlarmCard extends Part {
  static properties = { alarm: { attribute: false }, dialogs: { attribute: false }, _isOpen: { state: true } };

  static styles = [
    shared,
    css`
      article.card {
        display: grid;
        gap: 12px;
        border-inline-start: 6px solid var(--bar);
      }
      .bad {
        --bar: var(--agw-bad-bar);
      }
      .warn {
        --bar: var(--agw-warn-bar);
      }
      .news {
        --bar: var(--agw-news-bar);
      }
      .calm {
        --bar: var(--agw-calm-bar);
      }
      h3 {
        font-size: 18px;
        line-height: 1.35;
        overflow-wrap: anywhere;
      }
      .code {
        font-variant-numeric: tabular-nums;
        letter-spacing: 0.06em;
      }
      dl {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 20px;
        font-size: 13px;
      }
      dl div {
        display: flex;
        gap: 6px;
        min-width: 0;
      }
      dt {
        color: var(--agw-soft);
      }
      dd {
        overflow-wrap: anywhere;
      }
      .more .icon {
        transition: transform 120ms;
      }
      .more[aria-expanded="true"] .icon {
        transform: rotate(180deg);
      }
      @media (prefers-reduced-motion: reduce) {
        .more .icon {
          transition: none;
        }
      }
    `,
  ];

  constructor() {
    super();
    this._isOpen = false;
  }

  willUpdate() {
    this._hadFocus = Boolean(this.renderRoot?.activeElement?.closest(".actions"));
  }

  /** Where the button that was pressed made room for another, the focus stays here. */
  updated() {
    super.updated();
    if (this._hadFocus && this.renderRoot.activeElement === null) {
      this.renderRoot.querySelector(".actions button").focus({ preventScroll: true });
    }
  }

  render() {
    const { alarm } = this;
    return html`<article class="card ${TONES[alarm.severity] ?? "calm"}" aria-labelledby="title">
      <div class="row spread">
        <div class="row">${this._chips()}</div>
        <span class="soft small">${this.page.moments.ago(alarm.raised_at)}</span>
      </div>
      <div>
        <h3 id="title" class="words">${alarm.title || alarm.key}</h3>
        ${alarm.text ? html`<p class="words">${alarm.text}</p>` : nothing}
      </div>
      ${this._standing()} ${this._facts()} ${this.fault()}
      <div class="row actions">${this._actions()}</div>
      ${this._isOpen ? html`<agw-alarm-story .page=${this.page} .alarm=${alarm}></agw-alarm-story>` : nothing}
    </article>`;
  }

  _chips() {
    const { alarm } = this;
    const tone = TONES[alarm.severity] ?? "calm";
    return html`${this.chip(tone, this.word("severity", alarm.severity), tone === "bad" ? "warning" : undefined)}
    ${alarm.is_test ? this.chip("", this.say("alarm.test")) : nothing}
    ${alarm.cleared_at ? this.chip("good", this.say("alarm.cleared")) : nothing}
    ${alarm.is_chattering ? this.chip("warn", this.say("alarm.chattering")) : nothing}
    ${alarm.count > 1 ? this.chip("", this.say("alarm.count", { count: alarm.count })) : nothing}`;
  }

  _standing() {
    const { alarm } = this;
    if (alarm.shelved_until) {
      const words = { who: alarm.shelved_by ?? "", until: this.page.moments.when(alarm.shelved_until) };
      return html`<p class="note">${icon("quiet")}<span>${this.say("alarm.shelved", words)}</span></p>`;
    }
    if (alarm.suppressed_by) {
      return html`<p class="note">${icon("quiet")}<span>${this._suppressed()}</span></p>`;
    }
    if (alarm.acked_at) {
      const words = { who: alarm.acked_by ?? "", time: this.page.moments.when(alarm.acked_at) };
      return html`<p class="note good">${icon("check")}<span>${this.say("alarm.taken", words)}</span></p>`;
    }
    const tone = alarm.is_test ? "note" : "note warn";
    return html`<p class=${tone}>${icon("clock")}<span>${this._waiting()}</span></p>`;
  }

  _suppressed() {
    const [kind, ...rest] = this.alarm.suppressed_by.split("/");
    return this.say(kind === "maintenance" ? "alarm.maintenance" : "alarm.explained", { by: rest.join("/") });
  }

  _waiting() {
    const { alarm, page } = this;
    if (alarm.state === "pending") {
      return this.say("alarm.pending", { time: alarm.next_due ? page.moments.when(alarm.next_due) : "" });
    }
    if (alarm.is_test) {
      return this.say("alarm.test_waiting");
    }
    if (alarm.acked_people.length) {
      return this.say("alarm.partly", { who: alarm.acked_people.join(", ") });
    }
    return alarm.next_due
      ? this.say("alarm.waiting_until", { time: page.moments.when(alarm.next_due) })
      : this.say("alarm.waiting");
  }

  _facts() {
    const { alarm } = this;
    const url = webAddress(alarm.url);
    return html`<dl>
      ${this._fact("alarm.code", html`<span class="code">${alarm.code}</span>`)}
      ${this._fact("alarm.since", this.time(alarm.raised_at))} ${this._fact("alarm.source", alarm.source)}
      ${alarm.title ? this._fact("alarm.key", alarm.key) : nothing}
      ${Object.entries(alarm.labels).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
      ${
        url
          ? html`<div>
            <dt class="hidden">${this.say("alarm.link")}</dt>
            <dd><a href=${url} target="_blank" rel="noopener noreferrer">${this.say("alarm.link")}</a></dd>
          </div>`
          : nothing
      }
    </dl>`;
  }

  _fact(key, value) {
    return html`<div><dt>${this.say(key)}</dt><dd>${value}</dd></div>`;
  }

  _actions() {
    return html`${this.mayAct ? this._acts() : nothing}
      <button class="more" aria-expanded=${this._isOpen} @click=${this._toggle}>
        ${icon("down")}${this.say("alarm.story")}
      </button>`;
  }

  _acts() {
    const { alarm } = this;
    const isTaken = alarm.acked_at !== null;
    return html`${
      isTaken
        ? this._button("unacknowledge", "alarm.unacknowledge", "outlined")
        : this._button("acknowledge", "alarm.acknowledge", "filled", "check")
    }
    ${
      alarm.shelved_until
        ? this._button("unshelve", "alarm.unshelve", "outlined")
        : html`<button class="outlined" aria-disabled=${this._busy} @click=${this._shelve}>
          ${icon("quiet")}${this.say("alarm.shelve")}
        </button>`
    }
    <button aria-disabled=${this._busy} @click=${this._close}>${icon("close")}${this.say("alarm.close")}</button>`;
  }

  _button(act, key, style, picture) {
    const click = () => this.act(act, { alarm_id: this.alarm.id }, this.say(`${key}_done`, this._named));
    return html`<button class=${style} aria-disabled=${this._busy} aria-describedby="title" @click=${click}>
      ${picture ? icon(picture) : nothing}${this.say(key)}
    </button>`;
  }

  get _named() {
    return { title: this.alarm.title || this.alarm.key };
  }

  async _shelve() {
    const minutes = await this.dialogs.shelve(this._named.title);
    if (minutes) {
      await this.act(
        "shelve",
        { alarm_id: this.alarm.id, minutes },
        this.say("alarm.shelve_done", this._named),
      );
    }
  }

  async _close() {
    if (await this.dialogs.close(this._named.title)) {
      await this.act("close", { alarm_id: this.alarm.id }, this.say("alarm.close_done", this._named));
    }
  }

  _toggle() {
    this._isOpen = !this._isOpen;
  }
}

define("agw-alarm-card", AlarmCard);
