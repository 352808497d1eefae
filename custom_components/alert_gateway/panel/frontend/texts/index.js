import de from "./de.js";
import en from "./en.js";
import it from "./it.js";

const LANGUAGES = { en, de, it };

/** The texts of one language: ours, whatever Home Assistant was translated into. */
export class Texts {
  /** `write` writes the numbers in them. */
  constructor(language, write = String) {
    const known = Object.keys(LANGUAGES);
    this.language = known.find((each) => String(language ?? "").split("-")[0] === each) ?? "en";
    this._texts = LANGUAGES[this.language];
    this._plurals = new Intl.PluralRules(this.language);
    this._write = write;
  }

  has(key) {
    return Object.hasOwn(this._texts, key);
  }

  /** The text of a key; `count` chooses between one and several. */
  say(key, values = {}) {
    const found = this._texts[key];
    const text =
      typeof found === "object" ? (found[this._plurals.select(values.count)] ?? found.other) : found;
    return (text ?? key).replace(/\{(\w+)\}/g, (whole, name) => this._value(values[name] ?? whole));
  }

  /** The word for a code of the engine; one that is new to this page stays as it is. */
  word(group, code) {
    const key = `${group}.${code}`;
    return this.has(key) ? this.say(key) : String(code ?? "");
  }

  _value(value) {
    return typeof value === "number" ? this._write(value) : String(value);
  }
}
