import { css, html, nothing, repeat } from "../vendor/lit.js";
import { Part, define } from "../part.js";
import { shared } from "../styles.js";

/** The ways out. */
class Routes extends Part {
  static properties = { _shown: { state: true } };

  static follows = ["messages", "inbound", "routes"];

  static styles = [
    shared,
    css`
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(440px, 100%), 1fr));
        gap: 16px;
      }
    `,
  ];

  async load() {
    this._shown = (await this.fetch("routes")) ?? this._shown;
  }

  /** How a route stands is pushed; its figures are asked for when messages went through. */
  render() {
    const figures = new Map(this._shown?.items.map((route) => [route.name, route]));
    const { routes, queue, in_doubt: doubts } = this.page.overview;
    return html`<div class="stack">
      <div>
        <h2>${this.say("page.routes")}</h2>
        <p class="soft">
          ${this.say("routes.queue", { count: queue })}${doubts ? html` · ${this.say("routes.doubts", { count: doubts })}` : nothing}
        </p>
      </div>
      ${this.fault()} ${routes.length ? nothing : html`<div class="card empty"><p>${this.say("routes.none")}</p>${this.settings()}</div>`}
      <ul>
        ${repeat(
          routes,
          (route) => route.name,
          (route) =>
            html`<li><agw-route-card .page=${this.page} .route=${{ ...figures.get(route.name), ...route }}></agw-route-card></li>`,
        )}
      </ul>
    </div>`;
  }
}

define("agw-routes", Routes);
