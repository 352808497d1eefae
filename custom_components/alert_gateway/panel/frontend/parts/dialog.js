import { css } from "../vendor/lit.js";
import { Part } from "../part.js";
import { shared } from "../styles.js";

/** A question in a dialog of the browser's own: it keeps the focus inside, and Escape says no. */
export class Dialog extends Part {
  static properties = { about: { state: true } };

  static styles = [
    shared,
    css`
      :host {
        display: contents;
      }
      dialog {
        width: min(440px, calc(100vw - 32px));
        padding: 24px;
        border: 0;
        border-radius: var(--ha-dialog-border-radius, 20px);
        background: var(--agw-dialog);
        color: var(--agw-text);
        box-shadow: 0 12px 40px #0006;
      }
      dialog::backdrop {
        background: #0008;
      }
      form {
        display: grid;
        gap: 16px;
      }
      .heading {
        font-size: 20px;
        font-weight: 500;
        line-height: 1.3;
      }
      .ends {
        justify-content: flex-end;
      }
    `,
  ];

  /** Show it; resolves with what was chosen, or null. */
  async ask(about = "") {
    this.about = about;
    await this.updateComplete;
    const dialog = this.renderRoot.querySelector("dialog");
    dialog.returnValue = "";
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    return dialog.returnValue === "yes" ? this.chosen() : null;
  }

  /** What "yes" means. */
  chosen() {
    return true;
  }
}
