import { html, svg } from "./vendor/lit.js";

const stroke = (...paths) => svg`${paths.map((path) => svg`<path d=${path} />`)}`;

/** Drawn for this page, on 24 by 24, with lines of 2. */
const SHAPES = {
  alarm: stroke("M12 3a6 6 0 0 0-6 6v5l-2 3h16l-2-3V9a6 6 0 0 0-6-6Z", "M10 20.5h4"),
  people: stroke(
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z",
    "M2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6",
    "M16 4.4a3.5 3.5 0 0 1 0 6.2",
    "M18 14.6c2.1.9 3.5 2.8 3.5 5.4",
  ),
  messages: stroke("M4 5h16", "M4 10h16", "M4 15h10", "M4 20h6"),
  conversations: stroke("M20 4H4v12h4v4l5-4h7Z"),
  routes: stroke(
    "M12 13v8",
    "M12 13a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
    "M7.8 15.2a6 6 0 0 1 0-8.4",
    "M16.2 15.2a6 6 0 0 0 0-8.4",
    "M5 18a10 10 0 0 1 0-14",
    "M19 18a10 10 0 0 0 0-14",
  ),
  rehearsal: stroke("M9 3h6", "M10 3v6l-5.2 9A2 2 0 0 0 6.5 21h11a2 2 0 0 0 1.7-3L14 9V3", "M7.5 15h9"),
  check: stroke("M4.5 12.5 10 18 20 6.5"),
  close: stroke("M6 6l12 12", "M18 6 6 18"),
  quiet: stroke(
    "M12 3a6 6 0 0 0-6 6v5l-2 3h13",
    "M18 13.5V9a6 6 0 0 0-1.2-3.6",
    "M10 20.5h4",
    "M3.5 3.5l17 17",
  ),
  back: stroke("M19 12H5", "M11 6l-6 6 6 6"),
  down: stroke("M6 9l6 6 6-6"),
  out: stroke("M6 18 18 6", "M9 6h9v9"),
  in: stroke("M18 6 6 18", "M15 18H6V9"),
  call: stroke("M6 3h3l2 5-2.5 1.5a12 12 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3Z"),
  warning: stroke("M12 4 2.5 20h19Z", "M12 10v4.5", "M12 17.3v.2"),
  link: stroke("M14 5h5v5", "M19 5l-8 8", "M17 14v5H5V7h5"),
  clock: stroke("M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z", "M12 7v5l3.5 2"),
  send: stroke("M4 12 20 4l-5 16-3-7Z"),
};

/** A picture beside a word: screen readers hear the word. */
export const icon = (name) => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"
  fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"
>${SHAPES[name]}</svg>`;
