import { css, html, nothing } from "../vendor/lit.js";
import { icon } from "../icons.js";
import { Part, define } from "../part.js";
import { shared } from "../styles.js";

const LONGEST = 1600; // characters; more is refused by the engine

/** What would happen if this person texted this. Nothing does. */
class Rehearsal extends Part {
  static properties = { person: { attribute: false }, _run: { state: true }, _asked: { state: true } };

  static styles = [
    shared,
    css`
      form {
        display: grid;
        grid-template-columns: minmax(0, 220px) minmax(0, 1fr) auto;
        gap: 12px;
        align-items: end;
      }
      @media (max-width: 600px) {
        form {
          grid-template-columns: minmax(0, 1fr);
        }
      }
      .talk {
        display: grid;
        gap: 10px;
      }
      .bubble {
        justify-self: start;
        max-width: min(85%, 520px);
        padding: 10px 14px;
        border-radius: 16px;
        border-end-start-radius: 4px;
        background: var(--agw-fill);
      }
      .answer {
        justify-self: end;
        border-end-start-radius: 16px;
        border-end-end-radius: 4px;
        background: var(--agw-accent-tint);
      }
      .silence {
        justify-self: end;
      }
      dl {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 6px 16px;
      }
      dt {
        color: var(--agw-soft);
      }
      .deeds {
        display: grid;
        gap: 8px;
      }
      .deeds li {
        display: flex;
        gap: 10px;
      }
    `,
  ];

  render() {
    const { people } = this.page.overview.roster;
    return html`<div class="stack">
      <div>
        <h2>${this.say("rehearsal.heading")}</h2>
        <p class="soft">${this.say("rehearsal.hint")}</p>
      </div>
      <form class="card" @submit=${this._try}>
        <div class="field">
          <label for="person">${this.say("rehearsal.person")}</label>
          <select id="person" name="person">
            ${people.map((each) => html`<option value=${each.id} ?selected=${each.id === this.person}>${each.name}</option>`)}
          </select>
        </div>
        <div class="field">
          <label for="text">${this.say("rehearsal.text")}</label>
          <input id="text" name="text" type="text" maxlength=${LONGEST} required autocomplete="off" placeholder="OK 4711" />
        </div>
        <button class="filled" aria-disabled=${this._busy || !people.length}>${this.say("rehearsal.try")}</button>
      </form>
      ${this.fault()}
      <div aria-live="polite">${this._run ? this._outcome(this._run) : nothing}</div>
    </div>`;
  }

  async _try(event) {
    event.preventDefault();
    const { person, text } = Object.fromEntries(new FormData(event.target));
    if (!person) {
      return;
    }
    const run = await this.act("dry_run", { person, text });
    this._asked = {
      name: this.page.overview.roster.people.find((each) => each.id === person)?.name ?? "",
      text,
    };
    this._run = run;
  }

  _outcome(run) {
    return html`<section class="card stack" aria-labelledby="outcome">
      <h3 id="outcome">${this.say("rehearsal.outcome", { name: this._asked.name })}</h3>
      <div class="talk">
        <p class="bubble words">${this._asked.text}</p>
        ${
          run.answer === null
            ? html`<p class="silence soft">${this.say("rehearsal.silence")}</p>`
            : html`<p class="bubble answer words"><span class="hidden">${this.say("rehearsal.answer")} </span>${run.answer}</p>`
        }
      </div>
      <dl>${this._facts(run)}</dl>
      ${this._deeds(run.deeds)}
    </section>`;
  }

  _facts(run) {
    const values = Object.entries(run.values).map(([name, value]) => `${name} = ${value}`);
    return [
      ["rehearsal.meaning", this._meaning(run)],
      ["rehearsal.command", run.command],
      ["rehearsal.values", values.join(", ")],
      ["rehearsal.usage", run.usage],
      ["rehearsal.proof", run.tier === null ? "" : this.word("proof_state", run.proof)],
      ["rehearsal.allowed", run.command ? run.allowed.join(", ") : ""],
    ]
      .filter(([, words]) => words)
      .map(([key, words]) => html`<dt>${this.say(key)}</dt><dd class="words">${words}</dd>`);
  }

  _meaning(run) {
    const meaning = this.word("meaning", run.meaning);
    return run.refusal ? `${meaning}: ${this.word("refusal", run.refusal)}` : meaning;
  }

  _deeds(deeds) {
    if (!deeds.length) {
      return html`<p class="soft">${this.say("rehearsal.nothing")}</p>`;
    }
    return html`<div>
      <h4>${this.say("rehearsal.deeds")}</h4>
      <ul class="deeds">
        ${deeds.map((deed) => html`<li>${icon("check")}<span>${this._deed(deed)}</span></li>`)}
      </ul>
    </div>`;
  }

  _deed(deed) {
    const values = { code: deed.code, event: this.word("event", deed.event), name: deed.name ?? "" };
    const words = this.page.texts.has(`deed.${deed.kind}`)
      ? this.say(`deed.${deed.kind}`, values)
      : deed.words;
    return deed.text ? html`${words}: <q class="words">${deed.text}</q>` : words;
  }
}

define("agw-rehearsal", Rehearsal);
