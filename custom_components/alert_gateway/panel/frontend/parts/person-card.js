import { css, html, nothing } from "../vendor/lit.js";
import { icon } from "../icons.js";
import { Part, define } from "../part.js";
import { shared } from "../styles.js";
import { initials } from "./conversations.js";

/** One person: can they be told now, by what, and when was that last proven. */
class PersonCard extends Part {
  static properties = { person: { attribute: false }, tests: { attribute: false } };

  static styles = [
    shared,
    css`
      :host,
      article {
        height: 100%;
      }
      article {
        display: grid;
        grid-template-rows: auto auto 1fr auto;
        gap: 12px;
      }
      .face {
        display: grid;
        place-items: center;
        width: 40px;
        height: 40px;
        border-radius: 50%;
        background: var(--agw-accent-tint);
        color: var(--agw-accent);
        font-weight: 500;
      }
      h4 {
        flex: 1;
        font-size: 16px;
        font-weight: 500;
        overflow-wrap: anywhere;
      }
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 2px 12px;
        align-content: start;
        font-size: 14px;
      }
      dt {
        color: var(--agw-soft);
      }
      dd {
        font-variant-numeric: tabular-nums;
        overflow-wrap: anywhere;
      }
      .actions {
        margin: 0 -6px -6px;
      }
    `,
  ];

  render() {
    const { person } = this;
    return html`<article class="card" aria-labelledby="name">
      <div class="row">
        <span class="face" aria-hidden="true">${initials(person.name)}</span>
        <h4 id="name">${person.name}</h4>
        ${person.on_call.length ? this.chip("news", this.say("person.on_call"), "clock") : nothing}
      </div>
      <div class="row">${this._standing()}</div>
      <dl>
        ${person.addresses.map((each) => html`<dt>${this.word("channel", each.channel)}</dt><dd>${each.value}</dd>`)}
        ${this._tests()}
      </dl>
      <div class="row actions">
        ${this.link(`conversations/${encodeURIComponent(person.id)}`, html`${icon("conversations")}${this.say("person.conversation")}`)}
        ${
          this.mayAct
            ? html`<button aria-disabled=${this._busy} @click=${this._test}>${icon("send")}${this.say("person.test")}</button>`
            : nothing
        }
      </div>
      ${this.fault()}
      <agw-confirm-dialog
        .page=${this.page}
        .heading=${this.say("person.test_heading", { name: person.name })}
        .words=${this.say("person.test_hint")}
        .yes=${this.say("person.test_yes")}
      ></agw-confirm-dialog>
    </article>`;
  }

  _standing() {
    const { person } = this;
    const until = person.changes_at
      ? ` · ${this.say("people.until", { time: this.page.moments.when(person.changes_at) })}`
      : "";
    const main = person.reached
      ? this.chip("good", this.say("person.reached"), "check")
      : this.chip(
          person.against === "quiet" ? "" : "warn",
          this.word("against", person.against) + until,
          "quiet",
        );
    return html`${main} ${
      person.locked_out_until
        ? this.chip(
            "bad",
            this.say("person.locked_out", { time: this.page.moments.when(person.locked_out_until) }),
            "warning",
          )
        : nothing
    }
    ${person.can_acknowledge ? nothing : this.chip("", this.say("person.cannot_acknowledge"))}`;
  }

  _tests() {
    if (!this.tests.length) {
      return html`<dt>${this.say("person.tested")}</dt><dd>${this.say("person.never")}</dd>`;
    }
    return this.tests.map(
      (test) => html`<dt>${this.say("person.tested_by", { channel: this.word("channel", test.channel) })}</dt>
        <dd>${this._result(test)}</dd>`,
    );
  }

  _result(test) {
    if (test.answered_at && !test.accepted_at) {
      return this.say("person.test_spared");
    }
    const moment = test.answered_at ?? test.delivered_at ?? test.accepted_at ?? test.started_at;
    const [step] = ["answered", "delivered", "accepted", "started"].filter((each) => test[`${each}_at`]);
    return html`${this.say(`person.test_${step}`)} · ${this.time(moment)}`;
  }

  async _test() {
    if (await this.renderRoot.querySelector("agw-confirm-dialog").ask()) {
      await this.act(
        "test_person",
        { person: this.person.id },
        this.say("person.test_begun", { name: this.person.name }),
      );
    }
  }
}

define("agw-person-card", PersonCard);
