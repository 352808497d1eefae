import { html, nothing } from "../vendor/lit.js";
import { define } from "../part.js";
import { Dialog } from "./dialog.js";

/** "Are you sure?", with what follows from a yes. */
class ConfirmDialog extends Dialog {
  static properties = {
    heading: { attribute: false },
    words: { attribute: false },
    yes: { attribute: false },
    isDanger: { attribute: false },
  };

  render() {
    return html`<dialog aria-labelledby="heading" aria-describedby="words">
      <form method="dialog">
        <p id="heading" class="heading">${this.heading}</p>
        ${this.about ? html`<p class="words"><strong>${this.about}</strong></p>` : nothing}
        <p id="words" class="soft">${this.words}</p>
        <div class="row ends">
          <button value="" autofocus>${this.say("page.cancel")}</button>
          <button class=${this.isDanger ? "danger" : "filled"} value="yes">${this.yes}</button>
        </div>
      </form>
    </dialog>`;
  }
}

define("agw-confirm-dialog", ConfirmDialog);
