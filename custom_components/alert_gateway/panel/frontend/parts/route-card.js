import { css, html, nothing } from "../vendor/lit.js";
import { icon } from "../icons.js";
import { Part, define } from "../part.js";
import { shared } from "../styles.js";

const TONES = { ok: "good", degraded: "warn", failed: "bad", unknown: "" };
const PICTURES = { ok: "check", degraded: "warning", failed: "warning", unknown: "clock" };
const HIGHEST_PROOF = 5;

/** One way out: does it work, how well is that proven, and what went through. */
class RouteCard extends Part {
  static properties = { route: { attribute: false } };

  static styles = [
    shared,
    css`
      article {
        display: grid;
        gap: 14px;
      }
      h3 {
        flex: 1;
        overflow-wrap: anywhere;
      }
      .proof {
        display: flex;
        gap: 4px;
        margin: 6px 0 4px;
      }
      .proof span {
        flex: 1;
        height: 6px;
        border-radius: 3px;
        background: var(--agw-line);
      }
      .proof .on {
        background: var(--agw-good-bar);
      }
      dl {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(88px, 1fr));
        gap: 12px;
        margin: 6px 0 10px;
      }
      dt {
        font-size: 13px;
        color: var(--agw-soft);
      }
      dd {
        font-size: 18px;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  render() {
    const { route } = this;
    return html`<article class="card" aria-labelledby="title">
      <div class="row">
        ${icon(route.companion_of ? "call" : "routes")}
        <h3 id="title">${route.companion_of ? this.say("route.calls_of", { title: route.title }) : route.title}</h3>
        ${this.chip(TONES[route.state] ?? "", this.word("route_state", route.state), PICTURES[route.state])}
      </div>
      ${
        route.reason
          ? html`<p class="note ${TONES[route.state] === "bad" ? "bad" : "warn"}">${icon("warning")}<span class="words">${route.reason}</span></p>`
          : nothing
      }
      ${this._proof()} ${this._signal()} ${this._figures()} ${this._error()}
    </article>`;
  }

  _proof() {
    const { proof, last_proof: last } = this.route;
    const level = proof ?? -1;
    const words =
      proof === null || proof === undefined ? this.say("route.unproven") : this.word("proof_level", proof);
    return html`<div>
      <p class="small soft">${this.say("route.proof")}</p>
      <div class="proof" aria-hidden="true">
        ${Array.from({ length: HIGHEST_PROOF + 1 }, (_, step) => html`<span class=${step <= level ? "on" : ""}></span>`)}
      </div>
      <p>${words}${last ? html` <span class="soft">· ${this.say("route.last_proof", { time: this.page.moments.when(last) })}</span>` : nothing}</p>
    </div>`;
  }

  _signal() {
    const { facts, signal, title } = this.route;
    if (!signal?.length) {
      return nothing;
    }
    return html`<div>
      <div class="row spread small">
        <span class="soft">${this.say("route.signal")}</span>
        <span>${[facts.operator, this._decibels(facts.signal_dbm)].filter(Boolean).join(" · ")}</span>
      </div>
      <agw-signal-chart .page=${this.page} .points=${signal} .name=${title}></agw-signal-chart>
    </div>`;
  }

  _decibels(signal) {
    return signal === undefined ? "" : this.page.numbers.decibels(signal);
  }

  _figures() {
    const { traffic, credit, currency, budget_left: budget } = this.route;
    const { numbers } = this.page;
    if (!traffic) {
      return nothing;
    }
    return html`<div>
      <p class="small soft">${this.say("route.last_day")}</p>
      <dl>
        ${this._figure("route.accepted", traffic.accepted)} ${this._figure("route.failed", traffic.failed)}
        ${this._figure("route.received", traffic.received)} ${this._figure("route.queue", traffic.waiting)}
        ${credit === null || credit === undefined ? nothing : this._figure("route.credit", numbers.money(credit, currency))}
        ${budget === null || budget === undefined ? nothing : this._figure("route.budget", budget)}
      </dl>
      <p class="small soft">${
        traffic.last_delivery
          ? this.say("route.last_delivery", { time: this.page.moments.when(traffic.last_delivery) })
          : this.say("route.no_delivery")
      }</p>
    </div>`;
  }

  _figure(key, value) {
    const words = typeof value === "number" ? this.page.numbers.write(value) : value;
    return html`<div><dt>${this.say(key)}</dt><dd>${words}</dd></div>`;
  }

  _error() {
    const error = this.route.traffic?.last_error;
    if (!error) {
      return nothing;
    }
    const what = error.error_class
      ? this.word("error_class", error.error_class)
      : this.say("route.nobody_knows");
    return html`<p class="small soft">
      ${this.say("route.last_error")}: ${this.time(error.at)} · ${what} ·
      <span class="words">${[error.reason, error.code].filter(Boolean).join(" · ")}</span>
    </p>`;
  }
}

define("agw-route-card", RouteCard);
