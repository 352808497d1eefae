import { css, html, svg } from "../vendor/lit.js";
import { Part, define } from "../part.js";
import { STRONGEST, WEAK, extremes, linesOf, xOf, yOf } from "../signal.js";
import { shared } from "../styles.js";

const WIDTH = 480;
const HEIGHT = 96;
const HOUR = 3_600_000; // milliseconds
const HOURS = [18, 12, 6];

/** The signal of a modem over 24 hours; in words for whoever does not see it. */
class SignalChart extends Part {
  static properties = { points: { attribute: false }, name: { attribute: false } };

  static styles = [
    shared,
    css`
      svg {
        display: block;
        width: 100%;
        height: 96px;
        margin-top: 4px;
        border-radius: 6px;
        background: var(--agw-fill);
        overflow: hidden;
      }
      .weak {
        fill: var(--agw-warn-tint);
      }
      .grid {
        stroke: var(--agw-line);
        stroke-width: 1;
        vector-effect: non-scaling-stroke;
      }
      polyline {
        fill: none;
        stroke: var(--agw-accent);
        stroke-width: 2;
        stroke-linecap: round;
        stroke-linejoin: round;
        vector-effect: non-scaling-stroke;
      }
      .chart {
        position: relative;
      }
      .level {
        position: absolute;
        inset-inline-start: 4px;
        font-size: 11px;
        line-height: 1;
        color: var(--agw-soft);
      }
      .axis {
        display: flex;
        justify-content: space-between;
        padding-top: 4px;
        font-size: 12px;
        color: var(--agw-soft);
      }
    `,
  ];

  render() {
    const now = this.page.moments.now();
    const weak = yOf(WEAK, HEIGHT);
    return html`<div class="chart"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${this._words()}>
        <rect class="weak" x="0" y=${weak} width=${WIDTH} height=${HEIGHT - weak}></rect>
        ${HOURS.map((hours) => {
          const x = xOf(now - hours * HOUR, WIDTH, now);
          return svg`<line class="grid" x1=${x} x2=${x} y1="0" y2=${HEIGHT} />`;
        })}
        ${linesOf(this.points, { width: WIDTH, height: HEIGHT, now }).map((line) => svg`<polyline points=${line} />`)}
      </svg>
      ${this._level(STRONGEST, 4)} ${this._level(WEAK, weak + 4)}</div>
      <div class="axis" aria-hidden="true">
        <span>${this.say("chart.hours", { count: 24 })}</span><span>${this.say("chart.hours", { count: 12 })}</span>
        <span>${this.say("chart.now")}</span>
      </div>`;
  }

  _level(dbm, top) {
    return html`<span class="level" aria-hidden="true" style="top: ${top}px">${this.page.numbers.decibels(dbm)}</span>`;
  }

  _words() {
    const found = extremes(this.points);
    if (!found) {
      return this.say("chart.none", { name: this.name });
    }
    const { numbers } = this.page;
    const newest = found.newest === null ? this.say("chart.lost") : numbers.decibels(found.newest);
    return this.say("chart.words", { name: this.name, least: found.least, most: found.most, newest });
  }
}

define("agw-signal-chart", SignalChart);
