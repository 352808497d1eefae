import { css, html } from "../vendor/lit.js";
import { define } from "../part.js";
import { Dialog } from "./dialog.js";

const MINUTES = [15, 30, 60, 120, 480, 1440];
const USUAL = 60;

/** For how long an alarm is kept quiet. */
class ShelveDialog extends Dialog {
  static styles = [
    ...Dialog.styles,
    css`
      fieldset {
        display: grid;
        grid-template-columns: repeat(3, 1fr);
        gap: 8px;
        margin: 0;
        padding: 0;
        border: 0;
      }
      legend {
        margin-bottom: 8px;
        padding: 0;
      }
      label {
        position: relative;
        display: grid;
        place-items: center;
        min-height: 48px;
        border: 1px solid var(--agw-edge);
        border-radius: 10px;
        color: var(--agw-text);
        font-size: 15px;
        cursor: pointer;
      }
      label:has(:checked) {
        border-color: var(--agw-accent);
        background: var(--agw-accent-tint);
        box-shadow: inset 0 0 0 1px var(--agw-accent);
      }
      label:has(:focus-visible) {
        outline: 2px solid var(--agw-accent);
        outline-offset: 2px;
      }
      input {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }
    `,
  ];

  render() {
    return html`<dialog aria-labelledby="heading" aria-describedby="words">
      <form method="dialog">
        <p id="heading" class="heading">${this.say("shelve.heading")}</p>
        <p class="words"><strong>${this.about}</strong></p>
        <fieldset>
          <legend>${this.say("shelve.how_long")}</legend>
          ${MINUTES.map(
            (minutes) => html`<label>
              <input type="radio" name="minutes" .value=${String(minutes)} ?checked=${minutes === USUAL}
                ?autofocus=${minutes === USUAL} />
              <span>${this._words(minutes)}</span>
            </label>`,
          )}
        </fieldset>
        <p id="words" class="soft">${this.say("shelve.hint")}</p>
        <div class="row ends">
          <button value="">${this.say("page.cancel")}</button>
          <button class="filled" value="yes">${this.say("alarm.shelve_yes")}</button>
        </div>
      </form>
    </dialog>`;
  }

  chosen() {
    return Number(this.renderRoot.querySelector("input:checked").value);
  }

  _words(minutes) {
    return minutes < 60
      ? this.say("shelve.minutes", { count: minutes })
      : this.say("shelve.hours", { count: minutes / 60 });
  }
}

define("agw-shelve-dialog", ShelveDialog);
