import { css, html, nothing, repeat } from "../vendor/lit.js";
import { icon } from "../icons.js";
import { Part, define } from "../part.js";
import { shared } from "../styles.js";
import { initials } from "./conversations.js";

const SEVERITIES = ["info", "normal", "high", "critical"];

/** Who is on call, whom groups stand for, and how each person stands. */
class People extends Part {
  static properties = { _severity: { state: true }, _shown: { state: true } };

  static follows = ["alarms", "messages", "inbound"];

  static styles = [
    shared,
    css`
      .grid {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr));
        gap: 16px;
      }
      .duty {
        display: grid;
        gap: 12px;
      }
      .one {
        display: flex;
        align-items: center;
        gap: 14px;
      }
      .face {
        display: grid;
        place-items: center;
        flex: none;
        width: 52px;
        height: 52px;
        border-radius: 50%;
        background: var(--agw-accent);
        color: var(--agw-on-accent);
        font-size: 18px;
        font-weight: 500;
      }
      .face.nobody {
        background: var(--agw-warn-tint);
        color: var(--agw-warn);
      }
      .big {
        font-size: 20px;
        font-weight: 500;
        line-height: 1.25;
        overflow-wrap: anywhere;
      }
      select {
        min-width: 160px;
      }
    `,
  ];

  constructor() {
    super();
    this._severity = "high";
  }

  async load() {
    this._shown = (await this.fetch("people", { severity: this._severity })) ?? this._shown;
  }

  render() {
    return html`<div class="stack">
      <div class="row spread head">
        <h2>${this.say("page.people")}</h2>
        <div class="field">
          <label for="severity">${this.say("people.severity")}</label>
          <select id="severity" @change=${this._choose}>
            ${SEVERITIES.map((each) => html`<option value=${each} ?selected=${each === this._severity}>${this.word("severity", each)}</option>`)}
          </select>
        </div>
      </div>
      ${this.fault()} ${this._shown ? this._all() : this._empty()}
    </div>`;
  }

  _empty() {
    return this._unread ? nothing : html`<p class="empty">${this.say("page.loading")}</p>`;
  }

  _choose(event) {
    this._severity = event.target.value;
    this.load();
  }

  _all() {
    const { names, people, tests, commands_off_since: off } = this._shown;
    const schedules = names.filter((name) => name.kind === "on_call");
    const groups = names.filter((name) => name.kind !== "on_call");
    return html`${
      off
        ? html`<p class="note bad">${icon("warning")}<span>${this.say("people.commands_off", { time: this.page.moments.when(off) })}</span></p>`
        : nothing
    }
    ${
      schedules.length
        ? html`<section class="stack" aria-labelledby="now">
          <h3 id="now">${this.say("people.on_call")}</h3>
          <ul class="grid">${schedules.map((each) => html`<li class="card duty">${this._schedule(each)}</li>`)}</ul>
        </section>`
        : nothing
    }
    <section class="stack" aria-labelledby="everybody">
      <h3 id="everybody">${this.say("people.everybody")}</h3>
      ${people.length ? nothing : html`<div class="card empty"><p>${this.say("people.none")}</p>${this.settings()}</div>`}
      <ul class="grid">
        ${repeat(
          people,
          (person) => person.id,
          (person) =>
            html`<li><agw-person-card .page=${this.page} .person=${person} .tests=${tests[person.id] ?? []}></agw-person-card></li>`,
        )}
      </ul>
    </section>
    ${
      groups.length
        ? html`<section class="stack" aria-labelledby="groups">
          <h3 id="groups">${this.say("people.groups")}</h3>
          <ul class="grid">${groups.map((each) => html`<li class="card duty">${this._group(each)}</li>`)}</ul>
        </section>`
        : nothing
    }`;
  }

  _schedule(name) {
    const person = this._nameOf(name.on_duty);
    return html`<h4 class="soft">${name.name}</h4>
      <div class="one">
        <span class="face ${person ? "" : "nobody"}" aria-hidden="true">${person ? initials(person) : "–"}</span>
        <div>
          <p class="big">${person ?? this.say("people.nobody")}</p>
          <p class="soft">${this._untilWhen(name)}</p>
        </div>
      </div>
      ${this._reached(name)}
      ${
        name.next_on_duty
          ? html`<p class="soft">${this.say("people.next", { name: this._nameOf(name.next_on_duty) })}</p>`
          : nothing
      }`;
  }

  _untilWhen(name) {
    const reason = name.duty_reason === "turn" ? "" : this.word("duty", name.duty_reason);
    const until = name.duty_until
      ? this.say("people.until", { time: this.page.moments.full(name.duty_until) })
      : "";
    return [reason, until].filter(Boolean).join(" · ");
  }

  _group(name) {
    return html`<div class="row spread">
        <h4>${name.name}</h4>
        ${name.mode ? html`<span class="soft small">${this.word("mode", name.mode)}</span>` : nothing}
      </div>
      ${this._reached(name)}`;
  }

  _reached(name) {
    const held = name.held.map(({ person, until }) =>
      this.chip(
        "",
        this.say("people.held", { name: this._nameOf(person), time: this.page.moments.when(until) }),
        "quiet",
      ),
    );
    return html`<div>
      <p class="soft small">${this.say("people.would_be_told")}</p>
      <div class="row">
        ${name.reached.map((person) => this.chip("good", this._nameOf(person), "check"))} ${held}
        ${name.reached.length || held.length ? nothing : this.chip("warn", this.say("people.nobody"), "warning")}
      </div>
      ${name.notes.map((note) => html`<p class="soft small">${this.word("note", note)}</p>`)}
    </div>`;
  }

  _nameOf(id) {
    return id ? (this._shown.people.find((person) => person.id === id)?.name ?? id) : undefined;
  }
}

define("agw-people", People);
