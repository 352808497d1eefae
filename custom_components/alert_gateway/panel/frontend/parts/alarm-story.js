import { css, html, nothing } from "../vendor/lit.js";
import { Part, define } from "../part.js";
import { shared } from "../styles.js";

/** Who was told of an alarm, and what happened to it; `told` is that, if whoever shows it knows already. */
class AlarmStory extends Part {
  static properties = {
    alarm: { attribute: false },
    told: { attribute: false },
    _story: { state: true },
  };

  static follows = ["alarms", "messages"];

  static styles = [
    shared,
    css`
      :host {
        border-top: 1px solid var(--agw-line);
        padding-top: 12px;
      }
      .columns {
        display: grid;
        gap: 20px;
        grid-template-columns: repeat(auto-fit, minmax(min(280px, 100%), 1fr));
      }
      .notes li {
        display: grid;
        grid-template-columns: minmax(64px, auto) 1fr;
        gap: 12px;
        padding: 4px 0;
      }
      h4 {
        margin-bottom: 6px;
        font-size: 14px;
        font-weight: 500;
      }
    `,
  ];

  async load() {
    if (this.told) {
      return;
    }
    const found = await this.fetch("alarms", { alarm_id: this.alarm.id });
    this._story = found?.items[0] ?? this._story;
  }

  render() {
    const story = this.told ?? this._story;
    if (!story) {
      return this._unread ? this.fault() : html`<p class="soft">${this.say("page.loading")}</p>`;
    }
    const { messages, notes } = story;
    return html`<div class="columns">
      <div>
        <h4>${this.say("story.told")}</h4>
        ${messages.length ? nothing : html`<p class="soft">${this.say("story.told_nobody")}</p>`}
        ${messages.map((each) => html`<agw-message-row .page=${this.page} .message=${each}></agw-message-row>`)}
      </div>
      <div>
        <h4>${this.say("story.happened")}</h4>
        <ol class="notes">
          ${notes.map(
            (note) => html`<li>
              <span class="soft small">${this.time(note.at)}</span>
              <span>${this.word("event", note.event)}${note.by ? html` · ${note.by}` : nothing}</span>
            </li>`,
          )}
        </ol>
      </div>
    </div>`;
  }
}

define("agw-alarm-story", AlarmStory);
