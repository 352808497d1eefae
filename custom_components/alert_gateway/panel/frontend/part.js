import { LitElement, html, nothing } from "./vendor/lit.js";
import { wordsOf } from "./asking.js";
import { icon } from "./icons.js";
import { shared } from "./styles.js";

const SETTINGS = "/config/integrations/integration/alert_gateway";

/**
 * A part of the page. `page` has what all parts share: texts, moments, numbers, asking, overview, announce(), go().
 * It is another object whenever any of it changed.
 */
export class Part extends LitElement {
  static properties = {
    page: { attribute: false },
    _busy: { state: true },
    _fault: { state: true },
    _unanswered: { state: true },
  };

  static styles = [shared];

  /** Names of counters of `overview.changes`. */
  static follows = [];

  constructor() {
    super();
    this._busy = false;
    this._fault = "";
    this._unanswered = {}; // why, by question
    this._rounds = {};
  }

  /** Load what `follows` names when the page is new, and whenever the engine told that it changed. */
  updated() {
    const changes = this.page?.overview?.changes ?? {};
    const now = this.constructor.follows.map((each) => changes[each]).join();
    if (this.constructor.follows.length && now !== this._loaded) {
      this._loaded = now;
      this.load();
    }
  }

  /** Ask for what is shown. */
  load() {}

  say(key, values) {
    return this.page.texts.say(key, values);
  }

  word(group, code) {
    return this.page.texts.word(group, code);
  }

  get mayAct() {
    return this.page.overview?.user?.may_act ?? false;
  }

  /**
   * Ask for something to show. Resolves with undefined if that went wrong, which `fault()` shows, or if it was asked
   * for again meanwhile: an answer that was overtaken is of another filter, or old.
   */
  async fetch(what, data) {
    const round = (this._rounds[what] ?? 0) + 1;
    this._rounds[what] = round;
    const [answer, why] = await this.page.asking.ask(what, data).then(
      (found) => [found, ""],
      (error) => [undefined, wordsOf(error, this.page.texts)],
    );
    if (round !== this._rounds[what]) {
      return undefined;
    }
    this._unanswered = { ...this._unanswered, [what]: why };
    return answer;
  }

  /** Why something that is to be shown could not be read, in words. */
  get _unread() {
    return Object.values(this._unanswered).find(Boolean) ?? "";
  }

  /** Change something: buttons are off meanwhile, and what came of it is told. Resolves with undefined if it failed. */
  async act(what, data, told) {
    if (this._busy) {
      return undefined;
    }
    this._busy = true;
    this._fault = "";
    try {
      const answer = await this.page.asking.ask(what, data);
      if (told) {
        this.page.announce(told);
      }
      return answer;
    } catch (error) {
      this._fault = wordsOf(error, this.page.texts);
      return undefined;
    } finally {
      this._busy = false;
    }
  }

  fault() {
    return [
      this._unread ? trouble(this._unread, this._retry()) : nothing,
      this._fault ? trouble(this._fault) : nothing,
    ];
  }

  _retry() {
    return html`<button @click=${() => this.load()}>${this.say("page.retry")}</button>`;
  }

  time(moment, how = "when") {
    const { moments } = this.page;
    return html`<time datetime=${moment} title=${moments.full(moment)}>${moments[how](moment)}</time>`;
  }

  chip(tone, words, picture) {
    return html`<span class="chip ${tone}">${picture ? icon(picture) : nothing}<span>${words}</span></span>`;
  }

  /** What people call a route. */
  titleOf(route) {
    const found = this.page.overview?.routes?.find((each) => each.name === route);
    if (!found) {
      return route ?? "";
    }
    return found.companion_of ? this.say("route.calls_of", { title: found.title }) : found.title;
  }

  /** A link within the page. */
  link(path, words, style = "button") {
    return this._anchor(this.page.address(path), words, style);
  }

  /** On a phone, where a conversation takes the whole width: a link to the list of them. */
  back() {
    const words = html`${icon("back")}<span class="hidden">${this.say("conversations.back")}</span>`;
    return this.page.narrow ? this.link("conversations", words) : nothing;
  }

  /** A link to where people and ways out are added; only administrators get there. */
  settings() {
    return this.page.overview?.user?.is_admin
      ? this._anchor(SETTINGS, this.say("page.settings"), "button outlined")
      : nothing;
  }

  _anchor(address, words, style) {
    return html`<a class=${style} href=${address} @click=${(event) => this.follow(event, address)}>${words}</a>`;
  }

  /** Go there as Home Assistant does, unless another tab or window is wanted. */
  follow(event, address) {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this.page.go(address);
    }
  }
}

/** What went wrong, and perhaps a button to try again. */
export const trouble = (words, button = nothing) =>
  html`<p class="note bad" role="alert">${icon("warning")}<span class="words">${words}</span>${button}</p>`;

/** Registers a part once: Home Assistant may load the page again after an update. */
export function define(name, part) {
  if (!customElements.get(name)) {
    customElements.define(name, part);
  }
}
