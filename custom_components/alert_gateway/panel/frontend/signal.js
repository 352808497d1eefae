/** The span of the chart: what a phone shows as no bar and as all. */
export const WEAKEST = -113; // dBm
export const STRONGEST = -53; // dBm
export const WEAK = -100; // dBm; below that SMS begin to fail
const DAY = 86_400_000; // milliseconds

/**
 * The lines of a chart, on a field of `width` by `height`: a step for each change, a gap where there was no signal.
 * `points` are `{at, dbm}`, the oldest first, each good until the next; the right edge is `now`.
 */
export function linesOf(points, { width, height, now }) {
  const lines = [];
  let line = [];
  for (const [index, { at, dbm }] of points.entries()) {
    if (dbm === null) {
      line = [];
      continue;
    }
    const until = index + 1 < points.length ? Date.parse(points[index + 1].at) : now;
    const y = yOf(dbm, height);
    if (line.length === 0) {
      lines.push(line);
    }
    line.push(`${xOf(Date.parse(at), width, now)},${y}`, `${xOf(until, width, now)},${y}`);
  }
  return lines.map((each) => each.join(" "));
}

export function yOf(dbm, height) {
  const share = (Math.min(Math.max(dbm, WEAKEST), STRONGEST) - WEAKEST) / (STRONGEST - WEAKEST);
  return round(height * (1 - share));
}

export function xOf(moment, width, now) {
  return round(width * Math.min(Math.max(1 - (now - moment) / DAY, 0), 1));
}

/** The least, the most and the newest of what was heard; null if nothing was. */
export function extremes(points) {
  const heard = points.map(({ dbm }) => dbm).filter((dbm) => dbm !== null);
  return heard.length
    ? { least: Math.min(...heard), most: Math.max(...heard), newest: points.at(-1).dbm }
    : null;
}

const round = (number) => Math.round(number * 10) / 10;
