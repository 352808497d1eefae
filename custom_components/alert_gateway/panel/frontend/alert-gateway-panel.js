import { LitElement, css, html, nothing } from "./vendor/lit.js";
import { Asking, wordsOf } from "./asking.js";
import { Following } from "./following.js";
import { icon } from "./icons.js";
import { Moments } from "./moments.js";
import { newsBetween } from "./news.js";
import { Numbers } from "./numbers.js";
import { define, trouble } from "./part.js";
import { isLight } from "./shade.js";
import { colours, shared } from "./styles.js";
import { Texts } from "./texts/index.js";
import "./parts/alarms.js";
import "./parts/alarm-card.js";
import "./parts/alarm-story.js";
import "./parts/confirm-dialog.js";
import "./parts/conversation.js";
import "./parts/conversations.js";
import "./parts/inbox.js";
import "./parts/message-row.js";
import "./parts/people.js";
import "./parts/person-card.js";
import "./parts/rehearsal.js";
import "./parts/route-card.js";
import "./parts/routes.js";
import "./parts/shelve-dialog.js";
import "./parts/signal-chart.js";
import "./parts/timeline.js";

const SECTIONS = ["alarms", "people", "messages", "conversations", "routes", "rehearsal"];
// What of `hass` is shown here: most of its changes are states of entities, several in a second.
const SHOWN_OF_HASS = [
  "language",
  "locale",
  "themes",
  "selectedTheme",
  "connected",
  "dockedSidebar",
  "kioskMode",
];
const TICK = 30_000; // milliseconds between looks at "5 minutes ago"

/** The whole page; Home Assistant sets `hass`, `narrow`, `route` and `panel`. */
export class AlertGatewayPanel extends LitElement {
  static properties = {
    hass: { attribute: false },
    narrow: { type: Boolean },
    route: { attribute: false },
    panel: { attribute: false },
    _overview: { state: true },
    _state: { state: true },
    _fault: { state: true },
    _polite: { state: true },
    _urgent: { state: true },
    _ticks: { state: true },
  };

  static styles = [
    colours,
    shared,
    css`
      :host {
        min-height: 100vh;
        background: var(--agw-page);
        font-family: var(--ha-font-family-body, Roboto, Noto, sans-serif);
        -webkit-font-smoothing: antialiased;
      }
      .skip {
        position: absolute;
        left: -999px;
        z-index: 3;
      }
      .skip:focus {
        left: 8px;
        top: 8px;
        background: var(--agw-card);
      }
      header {
        position: sticky;
        top: 0;
        z-index: 2;
        padding-top: var(--safe-area-inset-top, 0px);
        background: linear-gradient(var(--agw-card) 0 0), var(--agw-page);
        border-bottom: 1px solid var(--agw-line);
      }
      .bar {
        display: flex;
        align-items: center;
        min-height: var(--header-height, 56px);
        padding: 0 12px;
        gap: 8px;
      }
      h1 {
        margin: 0;
        flex: 1;
        font-size: 20px;
        font-weight: 400;
      }
      nav {
        overflow-x: auto;
        scrollbar-width: none;
        /* What is cut off at the edge is seen to go on there. */
        mask-image: linear-gradient(90deg, transparent, #000 16px calc(100% - 16px), transparent);
      }
      header .note {
        margin: 8px 12px;
      }
      nav ul {
        display: flex;
        padding: 0 12px;
        min-width: max-content;
      }
      nav a {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 48px;
        padding: 0 14px;
        border-bottom: 3px solid transparent;
        color: var(--agw-soft);
        font-weight: 500;
        text-decoration: none;
      }
      nav a:hover {
        color: var(--agw-text);
      }
      nav a[aria-current] {
        color: var(--agw-accent);
        border-color: var(--agw-accent);
      }
      nav a:focus-visible {
        outline-offset: -3px;
      }
      .count {
        min-width: 22px;
        padding: 0 6px;
        border-radius: 11px;
        background: var(--agw-bad);
        color: var(--agw-card);
        font-size: 13px;
        line-height: 22px;
        text-align: center;
      }
      main {
        display: grid;
        gap: 16px;
        max-width: 1040px;
        margin: 0 auto;
        padding: 20px 16px calc(48px + var(--safe-area-inset-bottom, 0px));
      }
      main:focus {
        outline: none;
      }
      @media (max-width: 600px) {
        main {
          padding: 12px 12px calc(40px + var(--safe-area-inset-bottom, 0px));
        }
        nav a {
          padding: 0 10px;
        }
        nav .icon {
          display: none;
        }
      }
    `,
  ];

  constructor() {
    super();
    this._asking = new Asking(() => this.hass);
    this._following = new Following(
      this._asking,
      (overview) => this._hear(overview),
      (error) => (this._fault = error),
    );
    this._ticks = 0;
    this._polite = "";
    this._urgent = "";
    this._state = "loading";
  }

  connectedCallback() {
    super.connectedCallback();
    this._timer = setInterval(() => (this._ticks += 1), TICK);
    this._begin();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this._timer);
    this._following.stop();
    this._isFollowing = false;
  }

  shouldUpdate(changed) {
    const before = changed.get("hass");
    const onlyHass = changed.size === 1 && before !== undefined;
    return !onlyHass || SHOWN_OF_HASS.some((each) => before[each] !== this.hass[each]);
  }

  willUpdate(changed) {
    if (changed.has("hass") && this.hass) {
      const shade = isLight(getComputedStyle(this).color); // a theme may be dark in what it calls light
      this.toggleAttribute("dark", shade ?? this.hass.themes?.darkMode ?? false);
      this._numbers = new Numbers(this.hass);
      this._texts = new Texts(this.hass.language, (number) => this._numbers.write(number));
      this._moments = new Moments(this.hass);
      this.lang = this._texts.language;
      this.dir = "ltr"; // as all three languages of its texts, whatever that of Home Assistant is
      this._begin();
    }
    if (["hass", "route", "narrow", "_overview", "_ticks"].some((each) => changed.has(each))) {
      this._page = this._newPage();
    }
  }

  updated(changed) {
    if (!changed.has("route")) {
      return;
    }
    this.renderRoot
      .querySelector("nav [aria-current]")
      ?.scrollIntoView({ block: "nearest", inline: "center" });
    const before = changed.get("route");
    if (before && sectionOf(before) !== this._section) {
      this.renderRoot.querySelector("main")?.focus({ preventScroll: true });
      globalThis.scrollTo(0, 0);
    }
  }

  get _section() {
    return sectionOf(this.route);
  }

  render() {
    if (!this.hass || !this._texts) {
      return nothing;
    }
    return html`
      <button class="skip" @click=${this._skip}>${this._texts.say("page.skip")}</button>
      <header>
        <div class="bar">
          <ha-menu-button .hass=${this.hass} .narrow=${this.narrow}></ha-menu-button>
          <h1>${this._texts.say("page.title")}</h1>
        </div>
        ${this._navigation()}${this._troubles()}
      </header>
      <main tabindex="-1" aria-busy=${this._state === "loading" && !this._fault}>${this._body()}</main>
      <div class="hidden" role="status" aria-live="polite">${this._polite}</div>
      <div class="hidden" role="alert" aria-live="assertive">${this._urgent}</div>
    `;
  }

  _navigation() {
    return html`<nav aria-label=${this._texts.say("page.sections")}>
      <ul>
        ${SECTIONS.map((each) => this._entry(each))}
      </ul>
    </nav>`;
  }

  _entry(section) {
    const waiting = section === "alarms" ? (this._overview?.unacknowledged ?? 0) : 0;
    return html`<li>
      <a
        href=${this._address(section)}
        aria-current=${section === this._section ? "page" : nothing}
        @click=${(event) => this._follow(event, this._address(section))}
        >${icon(section === "alarms" ? "alarm" : section)}${this._texts.say(`page.${section}`)}${
          waiting
            ? html`<span class="count"
              ><span aria-hidden="true">${this._numbers.write(waiting)}</span
              ><span class="hidden">${this._texts.say("alarms.not_taken", { count: waiting })}</span></span
            >`
            : nothing
        }</a
      >
    </li>`;
  }

  _troubles() {
    const words = this._standstill();
    return words ? trouble(words) : nothing;
  }

  _standstill() {
    if (this.hass.connected === false) {
      return this._texts.say("page.offline");
    }
    if (this._fault) {
      return wordsOf(this._fault, this._texts);
    }
    return {
      stopped: this._texts.say("page.stopped"),
      failed: this._texts.say("page.failed", { reason: this._reason }),
      forbidden: this._texts.say("error.unauthorized"),
    }[this._state];
  }

  /** What was shown last stays while nothing new comes: nobody loses what they were writing or looking for. */
  _body() {
    if (!this._overview || this._state === "forbidden") {
      return this._state !== "loading" || this._fault
        ? nothing
        : html`<p class="empty">${this._texts.say("page.loading")}</p>`;
    }
    const page = this._page;
    switch (this._section) {
      case "people":
        return html`<agw-people .page=${page}></agw-people>`;
      case "messages":
        return html`<agw-timeline .page=${page}></agw-timeline>`;
      case "conversations":
        return html`<agw-conversations .page=${page} .whose=${this._rest()}></agw-conversations>`;
      case "routes":
        return html`<agw-routes .page=${page}></agw-routes>`;
      case "rehearsal":
        return html`<agw-rehearsal .page=${page} .person=${this._rest()}></agw-rehearsal>`;
      default:
        return html`<agw-alarms .page=${page}></agw-alarms>`;
    }
  }

  _newPage() {
    return {
      texts: this._texts,
      moments: this._moments,
      numbers: this._numbers,
      asking: this._asking,
      narrow: this.narrow,
      overview: this._overview,
      announce: (words) => (this._polite = again(words, this._polite)),
      address: (path) => this._address(path),
      go: (address) => this._go(address),
    };
  }

  _rest() {
    const rest = (this.route?.path ?? "").split("/").slice(2).join("/");
    try {
      return decodeURIComponent(rest);
    } catch {
      return rest; // typed by hand, and nothing that we wrote
    }
  }

  _address(path) {
    return `${this.route?.prefix ?? "/alert-gateway"}/${path}`;
  }

  _follow(event, address) {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      this._go(address);
    }
  }

  /** As Home Assistant goes from page to page. */
  _go(address) {
    history.pushState(null, "", address);
    window.dispatchEvent(new CustomEvent("location-changed", { detail: { replace: false } }));
  }

  _skip() {
    this.renderRoot.querySelector("main").focus();
  }

  _begin() {
    if (this.hass && this.isConnected && !this._isFollowing) {
      this._isFollowing = true;
      this._following.start();
    }
  }

  _hear(overview) {
    this._state = overview.state;
    this._reason = overview.reason;
    if (overview.state !== "running") {
      return;
    }
    const news = newsBetween(this._overview, overview, this._texts ?? new Texts(this.hass.language));
    this._polite = news.polite ? again(news.polite, this._polite) : this._polite;
    this._urgent = news.urgent ? again(news.urgent, this._urgent) : this._urgent;
    this._overview = overview;
  }
}

/** The same words once more are news only if they are not quite the same. */
const again = (words, before) => (words === before ? `${words}\u00a0` : words);

function sectionOf(route) {
  const named = (route?.path ?? "").split("/")[1];
  return SECTIONS.includes(named) ? named : "alarms";
}

define("alert-gateway-panel", AlertGatewayPanel);
