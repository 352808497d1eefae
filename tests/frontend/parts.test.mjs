// What the page works out without a browser: addresses, times, the chart, news.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const FRONTEND = fileURLToPath(
  new URL("../../custom_components/alert_gateway/panel/frontend/", import.meta.url),
);
const load = (name) => import(join(FRONTEND, name));
const { webAddress } = await load("links.js");
const { Moments } = await load("moments.js");
const { extremes, linesOf, yOf } = await load("signal.js");
const { newsBetween } = await load("news.js");
const { Asking, newRequestId, wordsOf } = await load("asking.js");
const { Texts } = await load("texts/index.js");
const { Numbers } = await load("numbers.js");
const { isLight } = await load("shade.js");
const { isOneSms } = await load("sms.js");

const NOW = Date.parse("2026-11-22T08:00:00Z");
const HASS = {
  language: "en",
  locale: { language: "en", time_format: "24", time_zone: "server" },
  config: { time_zone: "Europe/Vienna" },
};
const moments = (locale = {}) => new Moments({ ...HASS, locale: { ...HASS.locale, ...locale } }, () => NOW);

for (const [text, found] of [
  ["https://plant.example.org/a?b=1", "https://plant.example.org/a?b=1"],
  ["HTTP://10.0.0.1", "http://10.0.0.1/"],
  ["javascript:alert(1)", null],
  [" javascript:alert(1)", null],
  ["java\tscript:alert(1)", null],
  ["data:text/html,<script>", null],
  ["file:///etc/passwd", null],
  ["//example.org", null],
  ["/relative", null],
  [null, null],
  [42, null],
]) {
  test(`a link to ${text} leads to ${found}`, () => assert.equal(webAddress(text), found));
}

test("times are those of Home Assistant's place, or of the browser's", () => {
  assert.equal(moments().time("2026-11-22T07:05:00Z"), "08:05");
  assert.equal(moments({ time_format: "12" }).time("2026-11-22T13:05:00Z"), "02:05 PM");
  assert.equal(moments().exact("2026-11-22T07:05:09Z"), "08:05:09");
});

test("a moment of another day has its day", () => {
  assert.equal(moments().when("2026-11-22T07:05:00Z"), "08:05");
  assert.equal(moments().when("2026-11-21T07:05:00Z"), "Sat, Nov 21, 08:05");
  assert.equal(moments({ language: "de" }).day("2026-11-21T07:05:00Z"), "Samstag, 21. November");
  assert.ok(!moments().sameDay("2026-11-21T22:30:00Z", "2026-11-21T23:30:00Z"), "midnight in Vienna");
});

test("a moment of another year has its year", () => {
  assert.equal(moments().full("2025-11-21T07:05:00Z"), "Fri, Nov 21, 2025, 08:05");
  assert.equal(moments({ language: "de" }).day("2025-11-21T07:05:00Z"), "Freitag, 21. November 2025");
  assert.equal(moments().brief("2025-11-21T07:05:00Z"), "Nov 21, 2025");
  assert.equal(moments().brief("2026-11-21T07:05:00Z"), "Nov 21");
  assert.equal(moments().brief("2026-11-22T07:05:00Z"), "08:05");
});

test("the clock of the system is that of the browser", () => {
  const { hourCycle } = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions();
  const afternoon = moments({ time_format: "system", language: "de" }).time("2026-11-22T13:05:00Z");
  assert.equal(afternoon.startsWith("02"), hourCycle === "h12");
});

for (const [format, written, money] of [
  ["language", "1.234,5", "12,40 €"],
  ["comma_decimal", "1,234.5", "€12.40"],
  ["decimal_comma", "1.234,5", "12,40 €"],
  ["quote_decimal", "1'234.5", "EUR 12.40"],
  ["none", "1234.5", "€12.40"],
]) {
  test(`numbers are written as ${format}`, () => {
    const numbers = new Numbers({ locale: { language: "de", number_format: format } });
    assert.equal(numbers.write(1234.5).replace("’", "'"), written);
    assert.equal(numbers.money("12.40", "EUR").replace(/\s/g, " "), money);
  });
}

test("a currency that is none stands behind its number", () => {
  const numbers = new Numbers({ locale: { language: "en" } });
  assert.equal(numbers.money("0.0675", "USD"), "$0.0675");
  assert.equal(numbers.money("250", "credits"), "250 credits");
  assert.equal(numbers.money("3", ""), "3");
  assert.equal(numbers.decibels(-74), "−74 dBm");
});

for (const [text, fits] of [
  ["", true],
  ["ä".repeat(160), true],
  ["a".repeat(161), false],
  ["€".repeat(80), true],
  ["€".repeat(81), false],
  ["ę".repeat(70), true],
  ["ę".repeat(71), false],
  ["🔥".repeat(35), true],
  ["🔥".repeat(36), false],
]) {
  const words = `${[...text].length} times "${[...text][0] ?? ""}"`;
  test(`${words} is one SMS: ${fits}`, () => assert.equal(isOneSms(text), fits));
}

for (const [colour, light] of [
  ["rgb(225, 225, 225)", true],
  ["rgba(20, 20, 20, 0.87)", false],
  ["color(srgb 1 1 1)", undefined],
]) {
  test(`text of ${colour} is light: ${light}`, () => assert.equal(isLight(colour), light));
}

test("how long ago is said in the unit that fits", () => {
  assert.equal(moments().ago("2026-11-22T07:48:00Z"), "12 min. ago");
  assert.equal(moments().ago("2026-11-22T05:00:00Z"), "3 hr. ago");
  assert.equal(moments().ago("2026-11-20T08:00:00Z"), "2 days ago");
  assert.equal(moments({ language: "it" }).ago("2026-11-22T07:59:10Z"), "ora");
});

const FIELD = { width: 240, height: 60, now: NOW };
const at = (hours) => new Date(NOW - hours * 3_600_000).toISOString();

test("the chart is a step for each change up to now", () => {
  assert.deepEqual(
    linesOf(
      [
        { at: at(24), dbm: -113 },
        { at: at(12), dbm: -53 },
      ],
      FIELD,
    ),
    ["0,60 120,60 120,0 240,0"],
  );
});

test("no signal is a gap in the chart", () => {
  const points = [
    { at: at(24), dbm: -83 },
    { at: at(12), dbm: null },
    { at: at(6), dbm: -83 },
  ];
  assert.deepEqual(linesOf(points, FIELD), ["0,30 120,30", "180,30 240,30"]);
  assert.deepEqual(linesOf([], FIELD), []);
  assert.deepEqual(linesOf([{ at: at(3), dbm: null }], FIELD), []);
});

test("what is off the chart stays at its edge", () => {
  assert.equal(yOf(-140, 60), 60);
  assert.equal(yOf(-20, 60), 0);
  assert.deepEqual(linesOf([{ at: at(30), dbm: -83 }], FIELD), ["0,30 240,30"]);
});

test("the chart in words", () => {
  assert.deepEqual(extremes([{ dbm: -90 }, { dbm: -70 }, { dbm: null }]), {
    least: -90,
    most: -70,
    newest: null,
  });
  assert.equal(extremes([{ dbm: null }]), null);
  assert.equal(extremes([]), null);
});

const english = new Texts("en");
const overview = (...alarms) => ({ state: "running", alarms });
const alarm = (id, values = {}) => ({
  id,
  severity: "high",
  title: `Alarm ${id}`,
  key: id,
  acked_at: null,
  acked_by: null,
  ...values,
});

test("a new alarm is news, and urgent if it is critical", () => {
  const after = overview(alarm("a"), alarm("b"), alarm("c", { severity: "critical" }));
  assert.deepEqual(newsBetween(overview(alarm("a")), after, english), {
    polite: "New alarm, High: Alarm b",
    urgent: "New alarm, Critical: Alarm c",
  });
});

test("that somebody took it is news", () => {
  const after = overview(alarm("a", { acked_at: at(0), acked_by: "Anna" }));
  assert.equal(newsBetween(overview(alarm("a")), after, english).polite, "Acknowledged by Anna: Alarm a");
});

test("what was there when the page was opened is no news", () => {
  assert.deepEqual(newsBetween(undefined, overview(alarm("a")), english), { polite: "", urgent: "" });
});

for (const [error, words] of [
  [{ code: "unauthorized", message: "Unauthorized" }, "Your user may not do this."],
  [
    { code: "unknown_command", message: "Unknown command." },
    "Home Assistant is still starting. This page goes on by itself.",
  ],
  [
    { type: "result", error: { code: 3, message: "Connection lost" } },
    "Home Assistant cannot be reached. Try again.",
  ],
  [3, "Home Assistant cannot be reached. Try again."],
  [{ translation_key: "alarm_not_found", message: "x" }, "This alarm is not open any more."],
  [
    { translation_key: "invalid_request", translation_placeholders: { reason: "no number" } },
    "This cannot be done: no number",
  ],
  [{ code: "invalid_format", message: "expected int" }, "expected int"],
  [undefined, "It did not work, and Home Assistant does not say why."],
]) {
  test(`an error is said in words: ${words}`, () => assert.equal(wordsOf(error, english), words));
}

test("each send has a name of its own", () => {
  assert.match(newRequestId(), /^[0-9a-f]{24}$/);
  assert.notEqual(newRequestId(), newRequestId());
});

test("leaving a connection that is gone is no fault", async () => {
  const connection = { subscribeMessage: async () => () => Promise.reject(3) };
  const end = await new Asking(() => ({ connection })).follow(() => undefined);
  assert.equal(await end(), undefined);
});

test("questions go over the connection that Home Assistant has now", async () => {
  const asked = [];
  const asking = new Asking(() => ({ callWS: async (message) => asked.push(message) }));
  await asking.ask("attempts", { uid: "m1" });
  assert.deepEqual(asked, [{ type: "alert_gateway/attempts", uid: "m1" }]);
});
