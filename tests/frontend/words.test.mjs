// The texts: complete in three languages, and exactly those that the page asks for.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const FRONTEND = fileURLToPath(
  new URL("../../custom_components/alert_gateway/panel/frontend/", import.meta.url),
);
const load = (name) => import(join(FRONTEND, name));
const LANGUAGES = ["en", "de", "it"];
const texts = Object.fromEntries(
  await Promise.all(LANGUAGES.map(async (each) => [each, (await load(`texts/${each}.js`)).default])),
);
const { Texts } = await load("texts/index.js");

const sources = readdirSync(FRONTEND, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".js") && !name.startsWith("vendor") && !name.startsWith("texts"))
  .map((name) => readFileSync(join(FRONTEND, name), "utf8"))
  .join("\n");

const placeholders = (text) =>
  [...JSON.stringify(text).matchAll(/\{(\w+)\}/g)]
    .map(([, name]) => name)
    .filter((name) => name !== "count")
    .sort();

for (const language of ["de", "it"]) {
  test(`${language} has every text, with the same values`, () => {
    assert.deepEqual(Object.keys(texts[language]), Object.keys(texts.en));
    for (const [key, text] of Object.entries(texts.en)) {
      assert.deepEqual(new Set(placeholders(texts[language][key])), new Set(placeholders(text)), key);
      assert.equal(typeof texts[language][key], typeof text, key);
    }
  });
}

test("every text has words", () => {
  for (const language of LANGUAGES) {
    for (const [key, text] of Object.entries(texts[language])) {
      for (const each of typeof text === "object" ? Object.values(text) : [text]) {
        assert.ok(each.trim() === each && each.length > 0, `${language} ${key}`);
      }
    }
  }
});

test("every text that the page asks for is there", () => {
  const asked = [...sources.matchAll(/"([a-z_]+\.[a-z_0-9]+)"/g)].map(([, key]) => key);
  const groups = new Set(Object.keys(texts.en).map((key) => key.split(".")[0]));
  const missing = asked.filter((key) => groups.has(key.split(".")[0]) && !(key in texts.en));
  assert.deepEqual(missing, []);
});

test("no text is left over", () => {
  const isGroup = (group) => new RegExp(`word\\("${group}"|\`${group}\\.\\$\\{`).test(sources);
  const isMade = (key) =>
    sources.includes(`"${key}"`) || (key.endsWith("_done") && sources.includes(`"${key.slice(0, -5)}"`));
  const leftOver = Object.keys(texts.en).filter(
    (key) => !isMade(key) && !isGroup(key.split(".")[0]) && !isPrefix(key),
  );
  assert.deepEqual(leftOver, []);
});

const isPrefix = (key) =>
  [...sources.matchAll(/`([a-z_]+\.[a-z_]*)\$\{/g)].some(([, start]) => key.startsWith(start));

/** The words of a StrEnum of the engine. */
function codes(file, name) {
  const source = readFileSync(fileURLToPath(new URL(`../../alert_engine/${file}`, import.meta.url)), "utf8");
  const body = source.split(`class ${name}(StrEnum):`)[1].split(/\nclass |\n@|\ndef /)[0];
  return [...body.matchAll(/^ {4}[A-Z_]+ = (?:\(\s*)?"(\w+)"/gm)].map(([, word]) => word);
}

const GROUPS = [
  ["severity", "model/words.py", "Severity"],
  ["channel", "model/words.py", "Channel"],
  ["state", "model/words.py", "MessageState"],
  ["kind", "model/words.py", "MessageKind"],
  ["meaning", "model/history.py", "InboundMeaning"],
  ["refusal", "decisions/authorisation.py", "Refusal"],
  ["outcome", "decisions/outcome.py", "OutcomeReason"],
  ["report", "routes/base.py", "ReportStatus"],
  ["route_state", "routes/base.py", "RouteState"],
  ["error_class", "routes/base.py", "ErrorClass"],
  ["note", "decisions/directory.py", "ResolutionReason"],
  ["mode", "model/people.py", "GroupMode"],
  ["proof_state", "model/dry_run.py", "ProofState"],
  ["deed", "model/dry_run.py", "DeedKind"],
];

for (const [group, file, name] of GROUPS) {
  test(`there is a word for each ${name}`, () => {
    const found = codes(file, name);
    assert.ok(found.length > 1, "the enum was found");
    assert.deepEqual(
      found.filter((code) => !(`${group}.${code}` in texts.en)),
      [],
    );
  });
}

test("the language of Home Assistant is chosen, else English", () => {
  assert.equal(new Texts("de-CH").say("alarm.acknowledge"), "Quittieren");
  assert.equal(new Texts("it").say("alarm.acknowledge"), "Conferma");
  assert.equal(new Texts("pt-BR").say("alarm.acknowledge"), "Acknowledge");
  assert.equal(new Texts(undefined).language, "en");
});

test("a count chooses between one and several", () => {
  const english = new Texts("en");
  assert.equal(english.say("alarms.open", { count: 1 }), "One open alarm");
  assert.equal(english.say("alarms.open", { count: 3 }), "3 open alarms");
  const italian = new Texts("it", (number) => `«${number}»`);
  assert.equal(italian.say("alarms.open", { count: 1_000_000 }), "«1000000» allarmi aperti");
});

test("a code that is new to the page is shown as it is", () => {
  assert.equal(new Texts("de").word("state", "teleported"), "teleported");
  assert.equal(new Texts("de").word("state", null), "");
});

test("values are put in as they are", () => {
  assert.equal(new Texts("en").say("alarms.taken_by", { who: "$& {who}" }), "acknowledged by $& {who}");
});
