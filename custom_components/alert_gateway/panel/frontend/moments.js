const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS = [
  [DAY, "day"],
  [HOUR, "hour"],
  [MINUTE, "minute"],
];
const SHORT_DAY = { day: "numeric", month: "short" };

/** Writes times as the user has them set in Home Assistant. All take ISO 8601. */
export class Moments {
  constructor(hass, now = () => Date.now()) {
    const { language, time_zone: zone, time_format: format } = hass.locale ?? {};
    this.now = now;
    this._language = language ?? hass.language ?? "en";
    this._zone = zone === "server" ? hass.config?.time_zone : undefined;
    this._hourCycle = { 12: "h12", 24: "h23", system: cycleOfBrowser() }[format];
    this._formats = new Map();
    this._relative = new Intl.RelativeTimeFormat(this._language, { numeric: "auto", style: "short" });
  }

  /** 14:05 */
  time(moment) {
    return this._write(moment, { hour: "2-digit", minute: "2-digit" });
  }

  /** 14:05:09 */
  exact(moment) {
    return this._write(moment, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  }

  /** Thursday, 19 November */
  day(moment) {
    return this._write(moment, { weekday: "long", day: "numeric", month: "long", ...this._year(moment) });
  }

  /** The time of today, else its day: 19 Nov */
  brief(moment) {
    return this.isToday(moment)
      ? this.time(moment)
      : this._write(moment, { ...SHORT_DAY, ...this._year(moment) });
  }

  /** The time of today, else with its day: Thu, 19 Nov, 14:05 */
  when(moment) {
    return this.isToday(moment) ? this.time(moment) : this.full(moment);
  }

  /** Thu, 19 Nov, 14:05 */
  full(moment) {
    const day = { weekday: "short", ...SHORT_DAY, ...this._year(moment) };
    return this._write(moment, { ...day, hour: "2-digit", minute: "2-digit" });
  }

  /** now; 5 min. ago; in 2 hr. */
  ago(moment) {
    const seconds = (Date.parse(moment) - this.now()) / 1000;
    const [size, unit] = UNITS.find(([size]) => Math.abs(seconds) >= size) ?? [MINUTE, "second"];
    return this._relative.format(Math.trunc(seconds / size), unit);
  }

  isToday(moment) {
    return this.sameDay(moment, this.now());
  }

  sameDay(one, other) {
    const day = { year: "numeric", month: "2-digit", day: "2-digit" };
    return this._write(one, day) === this._write(other, day);
  }

  /** Only of another year is the year told. */
  _year(moment) {
    const year = { year: "numeric" };
    return this._write(moment, year) === this._write(this.now(), year) ? {} : year;
  }

  _write(moment, options) {
    const key = JSON.stringify(options);
    if (!this._formats.has(key)) {
      const cycle = options.hour && this._hourCycle ? { hourCycle: this._hourCycle } : {};
      const all = { ...options, ...cycle, timeZone: this._zone };
      this._formats.set(key, new Intl.DateTimeFormat(this._language, all));
    }
    return this._formats.get(key).format(new Date(moment));
  }
}

const cycleOfBrowser = () => new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hourCycle;
