// The page in a real browser, in front of a fake Home Assistant: what is shown, what is asked, what is announced.
import { all, find, press, settled, shownText, textOf } from "./deep.js";
import { FakeHass } from "./fake_hass.js";
import { SCENES } from "./scenes.js";
import "/frontend/alert-gateway-panel.js";

const PREFIX = "/alert-gateway";

function equal(actual, expected, words = "") {
  const [one, other] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (one !== other) {
    throw new Error(`${words} expected ${other}, got ${one}`);
  }
}

function ok(value, words) {
  if (!value) {
    throw new Error(words);
  }
}

/** Opens the page at a section. */
async function open(stage, section = "alarms", { scene = "busy", narrow = false, ...options } = {}) {
  const fake = new FakeHass(SCENES[scene](), options);
  const panel = document.createElement("alert-gateway-panel");
  panel.route = { prefix: PREFIX, path: `/${section}` };
  panel.narrow = narrow;
  panel.hass = fake.hass;
  fake.onChange = (hass) => (panel.hass = hass);
  stage.append(panel);
  await settled();
  return { fake, panel };
}

const asked = (fake, what) =>
  fake.calls.filter((call) => call.type === `alert_gateway/${what}`).map(({ type, ...rest }) => rest);
const live = (panel, role) => panel.renderRoot.querySelector(`[role=${role}][aria-live]`).textContent;
const SECTIONS = [
  "alarms",
  "people",
  "messages",
  "conversations",
  "conversations/anna",
  "routes",
  "rehearsal",
];
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Writes into a field as a person does. */
async function write(selector, words) {
  const field = find(selector);
  field.value = words;
  field.dispatchEvent(new Event("input"));
  await settled();
}

/** The page turns to another address. */
async function turn(panel, path) {
  panel.route = { prefix: PREFIX, path: `/${path}` };
  await settled();
}

/** How well text can be read on what is behind it, as WCAG counts. */
function contrast(text, behind) {
  const [one, other] = [text, behind].map((colour) => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
    const [red, green, blue] = parts.map((part) =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

/** Home Assistant in a theme of somebody's own. */
async function themed(variables, use) {
  const { style } = document.documentElement;
  Object.entries(variables).forEach(([name, value]) => style.setProperty(name, value));
  try {
    await use();
  } finally {
    Object.keys(variables).forEach((name) => style.removeProperty(name));
  }
}

export const TESTS = {
  "open alarms are shown with what can be done": async (stage) => {
    await open(stage);
    for (const words of [
      "3 open alarms",
      "Gas in the boiler room",
      "0815",
      "Acknowledged by Anna",
      "Shelved by Marco",
    ]) {
      ok(shownText().includes(words), words);
    }
  },

  "an alarm is acknowledged, and that is announced": async (stage) => {
    const { fake, panel } = await open(stage);
    press("Acknowledge all");
    await settled();
    find("dialog[open] button", "Cancel").click();
    find("agw-alarm-card >>> button", "Acknowledge").click();
    await settled();
    equal(asked(fake, "acknowledge"), [{ alarm_id: "01C" }]);
    equal(asked(fake, "acknowledge_all"), []);
    equal(live(panel, "status"), "Acknowledged: Gas in the boiler room");
  },

  "a second click while the first is under way does nothing": async (stage) => {
    const { fake } = await open(stage);
    const button = find("agw-alarm-card >>> button", "Acknowledge");
    button.click();
    button.click();
    await settled();
    equal(asked(fake, "acknowledge").length, 1);
  },

  "shelving asks for how long": async (stage) => {
    const { fake } = await open(stage);
    press("Shelve …");
    await settled();
    const dialog = find("dialog[open]");
    ok(dialog.contains(dialog.getRootNode().activeElement), "the focus is in the dialog");
    find("dialog[open] label", "2 hours").querySelector("input").click();
    find("dialog[open] button", "Shelve").click();
    await new Promise((resolve) => dialog.addEventListener("close", resolve));
    await settled();
    equal(asked(fake, "shelve"), [{ alarm_id: "01C", minutes: 120 }]);
  },

  "closing asks first, and a no does nothing": async (stage) => {
    const { fake } = await open(stage);
    find("agw-alarm-card >>> button", "Close").click();
    await settled();
    const dialog = find("dialog[open]");
    ok(textOf(dialog).includes("Gas in the boiler room"), "it says which");
    dialog.close();
    await settled();
    equal(asked(fake, "close"), []);
  },

  "details say who was told, and each attempt": async (stage) => {
    const { fake } = await open(stage);
    find("agw-alarm-card >>> button", "Details").click();
    await settled();
    equal(find("agw-alarm-card >>> button", "Details").getAttribute("aria-expanded"), "true");
    equal(asked(fake, "alarms").at(-1), { alarm_id: "01C" });
    find("agw-message-row >>> button", "Anna").click();
    await settled();
    ok(shownText().includes("the account has no credit left"), "why the first attempt failed");
    ok(shownText().includes("Delivered to the phone"), "what the second came to");
  },

  "a new alarm is announced: politely, or at once if it is critical": async (stage) => {
    const { fake, panel } = await open(stage);
    const [gas, water] = fake.scene.overview.alarms;
    fake.scene.overview.alarms = [
      ...fake.scene.overview.alarms,
      { ...water, id: "n1", title: "Smoke", severity: "critical" },
      { ...gas, id: "n2", title: "Draught", severity: "normal" },
    ];
    fake.push();
    await settled();
    equal(live(panel, "alert"), "New alarm, Critical: Smoke");
    equal(live(panel, "status"), "New alarm, Normal: Draught");
  },

  "a push keeps the focus on the alarm that had it": async (stage) => {
    const { fake } = await open(stage);
    const button = find("agw-alarm-card >>> button", "Give back");
    button.focus();
    fake.scene.overview.alarms = [
      { ...fake.scene.overview.alarms[0], id: "new", title: "Newer" },
      ...fake.scene.overview.alarms,
    ];
    fake.push();
    await settled();
    const card = button.getRootNode().host;
    equal(card.alarm.title, "Water in the cellar");
    equal(card.renderRoot.activeElement, button);
  },

  "the focus stays with an alarm that was acknowledged and moved down": async (stage) => {
    const { fake } = await open(stage);
    const [gas, ...others] = fake.scene.overview.alarms;
    const button = find("agw-alarm-card >>> button", "Acknowledge");
    const card = button.getRootNode().host;
    button.focus();
    button.click();
    await settled();
    ok(card.renderRoot.activeElement === button, "while it is asked for");
    fake.scene.overview.alarms = [...others, { ...gas, acked_at: gas.raised_at, acked_by: "Eva" }];
    fake.push();
    await settled();
    equal(card.alarm.id, gas.id);
    equal(textOf(card.renderRoot.activeElement), "Give back");
  },

  "who may only look has no buttons that act": async (stage) => {
    await open(stage, "alarms", { scene: "guest" });
    for (const words of ["Acknowledge", "Shelve", "Close"]) {
      equal(find("agw-alarm-card >>> .actions button", words), undefined, words);
    }
    ok(shownText().includes("Your user may not change them"), "it says so");
  },

  "nobody's words become code or markup": async (stage) => {
    for (const section of SECTIONS) {
      await open(stage, section, { scene: "hostile" });
      if (section === "rehearsal") {
        find("input[type=text]").value = "OK";
        press("Try it");
        await settled();
      }
      find("agw-message-row >>> button")?.click();
      find("agw-alarm-card >>> button", "Details")?.click();
      await settled();
      equal([...all(stage)].filter((each) => each.matches("img, script")).length, 0, section);
      equal([...all(stage)].filter((each) => each.matches("a[href^='javascript:' i]")).length, 0, section);
      ok(
        shownText().includes("<img src=x") || section === "routes",
        `${section}: it is shown as it was written`,
      );
      stage.replaceChildren();
    }
    await pause(50);
    equal(globalThis.hacked, undefined);
  },

  "a link of a source opens elsewhere, and knows nothing of us": async (stage) => {
    await open(stage);
    const link = find("agw-alarm-card >>> a", "Open at the source");
    equal(
      [link.href, link.target, link.rel],
      ["https://plant.example.org/boiler", "_blank", "noopener noreferrer"],
    );
  },

  "a reply goes back to the newest message, once, and the box is empty": async (stage) => {
    const { fake } = await open(stage, "conversations/anna");
    const box = find("agw-conversation >>> textarea");
    box.value = "The key is under the mat";
    box.dispatchEvent(new Event("input"));
    await settled();
    press("Send");
    press("Send");
    await settled();
    const [reply, ...more] = asked(fake, "reply");
    equal(more, []);
    equal([reply.inbound, reply.text], ["i1", "The key is under the mat"]);
    ok(/^[0-9a-f]{24}$/.test(reply.request_id), "it has a name");
    equal(find("agw-conversation >>> textarea").value, "");
  },

  "a reply that failed stays in the box, and trying again is the same send": async (stage) => {
    const { fake } = await open(stage, "conversations/anna");
    fake.scene.answers.reply = new Error("x", {
      cause: { code: "failed", translation_key: "not_committed" },
    });
    const box = find("agw-conversation >>> textarea");
    box.value = "Hello";
    box.dispatchEvent(new Event("input"));
    await settled();
    press("Send");
    await settled();
    ok(textOf(find("agw-conversation >>> [role=alert]")).includes("could not be saved"), "why");
    equal(box.value, "Hello");
    press("Send");
    await settled();
    const [one, other] = asked(fake, "reply");
    equal(one.request_id, other.request_id);
  },

  "what a text would do is tried, not done": async (stage) => {
    const { fake } = await open(stage, "rehearsal/anna");
    find("input[type=text]").value = "OK 4711";
    press("Try it");
    await settled();
    equal(asked(fake, "dry_run"), [{ person: "anna", text: "OK 4711" }]);
    for (const words of ["You have 4711", "Alarm 4711: Acknowledged", "Ben Gruber is written to"]) {
      ok(shownText().includes(words), words);
    }
  },

  "who would be told is asked for alarms that are high, until another is chosen": async (stage) => {
    const { fake } = await open(stage, "people");
    const select = find("select#severity");
    equal([select.value, asked(fake, "people")], ["high", [{ severity: "high" }]]);
    select.value = "info";
    select.dispatchEvent(new Event("change"));
    await settled();
    equal(asked(fake, "people").at(-1), { severity: "info" });
  },

  "a test of a person costs money, so it asks first": async (stage) => {
    const { fake } = await open(stage, "people");
    find("agw-person-card >>> button", "Test").click();
    await settled();
    equal(asked(fake, "test_person"), []);
    const dialog = find("dialog[open]");
    find("dialog[open] button", "Send the test").click();
    await new Promise((resolve) => dialog.addEventListener("close", resolve));
    await settled();
    equal(asked(fake, "test_person"), [{ person: "anna" }]);
  },

  "messages are asked for again when the engine told of a change, not otherwise": async (stage) => {
    const { fake } = await open(stage, "messages");
    equal(asked(fake, "messages").length, 1);
    fake.push();
    await settled();
    equal(asked(fake, "messages").length, 1);
    fake.scene.overview.changes.messages += 1;
    fake.push();
    await settled();
    equal(asked(fake, "messages").length, 2);
  },

  "messages are chosen by state and person, and older ones are fetched": async (stage) => {
    const { fake } = await open(stage, "messages");
    const select = find("select#state");
    select.value = "waiting";
    select.dispatchEvent(new Event("change"));
    await settled();
    equal(asked(fake, "messages").at(-1).states, ["queued", "in_flight", "in_doubt"]);
    press("Show older");
    await settled();
    equal(asked(fake, "messages").at(-1).before, "m5");
  },

  "a message that waits can be taken back": async (stage) => {
    const { fake } = await open(stage, "messages");
    find("agw-message-row >>> button", "Ben Gruber").click();
    await settled();
    press("Do not send");
    await settled();
    equal(asked(fake, "cancel_message"), [{ uid: "m2" }]);
  },

  "a test by a channel that was not needed any more is not answered by it": async (stage) => {
    await open(stage, "people");
    const card = find("agw-person-card >>> dl", "Test by Call");
    ok(/Test by SMS\s*answered/.test(card.textContent), card.textContent);
    ok(/Test by Call\s*not needed/.test(card.textContent), card.textContent);
  },

  "the chart has its words": async (stage) => {
    await open(stage, "routes");
    const chart = find("agw-signal-chart >>> [role=img]");
    ok(
      /between −\d+ and −\d+ dBm/.test(chart.getAttribute("aria-label")),
      chart.getAttribute("aria-label"),
    );
    ok(chart.querySelectorAll("polyline").length >= 2, "with a gap");
  },

  "sections are links that go where Home Assistant goes": async (stage) => {
    const { panel } = await open(stage);
    const before = location.href;
    let told = 0;
    addEventListener("location-changed", () => (told += 1), { once: true });
    press("Routes");
    equal([location.pathname, told], [`${PREFIX}/routes`, 1]);
    history.replaceState(null, "", before);
    panel.route = { prefix: PREFIX, path: "/routes" };
    await settled();
    equal(panel.renderRoot.querySelector("[aria-current=page]").textContent.trim(), "Routes");
    equal(panel.renderRoot.activeElement, panel.renderRoot.querySelector("main"));
  },

  "an engine that stopped, and a connection that is gone, are said": async (stage) => {
    const { fake } = await open(stage);
    fake.scene.overview = { state: "stopped" };
    fake.push();
    await settled();
    ok(shownText().includes("Alert Gateway is not running"), "stopped");
    fake.change({ connected: false });
    await settled();
    ok(shownText().includes("There is no connection"), "offline");
  },

  "a page that is left listens no more": async (stage) => {
    const { fake, panel } = await open(stage);
    panel.remove();
    await settled();
    equal(fake.hear, null);
    stage.append(panel);
    await settled();
    ok(fake.hear, "and again when it is back");
  },

  "states of entities do not draw the page again": async (stage) => {
    const { fake, panel } = await open(stage);
    let drawn = 0;
    const { updated } = panel;
    panel.updated = (...changes) => {
      drawn += 1;
      updated.apply(panel, changes);
    };
    fake.change({ states: {} });
    await settled();
    equal(drawn, 0);
    fake.change({ language: "de", locale: { ...fake.hass.locale, language: "de" } });
    await settled();
    ok(shownText().includes("offene Alarme"), "another language is another page");
    equal(panel.lang, "de");
  },

  "every button and field has a name, every target room for a finger": async (stage) => {
    for (const section of SECTIONS) {
      await open(stage, section);
      for (const each of [...all(stage)].filter((each) =>
        each.matches("button, select, textarea, input, nav a"),
      )) {
        const { width, height } = each.getBoundingClientRect();
        if (width === 0) {
          continue; // in a dialog that is closed
        }
        const named = textOf(each) || each.labels?.length || each.getAttribute("aria-label");
        ok(named, `${section}: ${each.outerHTML}`);
        ok(width >= 44 && height >= 44, `${section}: ${textOf(each)} is ${width} by ${height}`);
      }
      stage.replaceChildren();
    }
  },

  "headings go down one level at a time": async (stage) => {
    for (const section of SECTIONS) {
      await open(stage, section);
      const levels = [...all(stage)]
        .filter((each) => /^H[1-6]$/.test(each.tagName) && !each.closest("dialog"))
        .map((each) => Number(each.tagName[1]));
      equal(levels[0], 1, section);
      levels.slice(1).forEach((level, index) => ok(level <= levels[index] + 1, `${section}: ${levels}`));
      stage.replaceChildren();
    }
  },

  "a connection that is back is followed anew, and everything is asked for again": async (stage) => {
    const { fake } = await open(stage, "messages");
    equal(asked(fake, "subscribe"), [{ resubscribe: false }]);
    fake.scene.overview.changes.messages = 77; // other marks, as of another subscription
    fake.reconnect();
    await settled();
    equal(asked(fake, "subscribe").length, 2);
    equal(asked(fake, "messages").length, 2);
    ok(fake.hear, "it listens");
  },

  "what an old subscription still says is not heard": async (stage) => {
    const { fake } = await open(stage);
    const { hear } = fake;
    fake.reconnect();
    await settled();
    hear({ state: "stopped" });
    await settled();
    ok(!shownText().includes("Alert Gateway is not running"), "the new one counts");
  },

  "a Home Assistant that is still starting is asked until it answers": async (stage) => {
    const { fake } = await open(stage);
    fake.refuses = [{ code: "unknown_command", message: "Unknown command." }];
    fake.reconnect();
    await settled();
    ok(shownText().includes("Home Assistant is still starting"), "it is said");
    ok(shownText().includes("Gas in the boiler room"), "what was shown stays");
    await pause(3100);
    await settled();
    ok(fake.hear, "it was asked again");
    ok(!shownText().includes("still starting"), "and that is over");
  },

  "a page that was left asks no more, even if it was still trying": async (stage) => {
    const { fake, panel } = await open(stage);
    fake.refuses = [{ code: "unknown_command", message: "Unknown command." }];
    fake.reconnect();
    await settled();
    panel.remove();
    const before = asked(fake, "subscribe").length;
    await pause(3100);
    equal([asked(fake, "subscribe").length, fake.ready.size], [before, 0]);
  },

  "nobody loses what they were writing while the engine starts anew": async (stage) => {
    const { fake } = await open(stage, "conversations/anna");
    await write("agw-conversation >>> textarea", "Half a sen");
    const running = fake.scene.overview;
    fake.scene.overview = { state: "stopped" };
    fake.push();
    await settled();
    ok(shownText().includes("Alert Gateway is not running"), "it is said");
    fake.scene.overview = running;
    fake.push();
    await settled();
    equal(find("agw-conversation >>> textarea").value, "Half a sen");
    ok(!shownText().includes("Alert Gateway is not running"), "until it is over");
  },

  "who may look no more sees nothing more": async (stage) => {
    const { fake } = await open(stage);
    fake.scene.overview = { state: "forbidden" };
    fake.push();
    await settled();
    ok(!shownText().includes("Gas in the boiler room"), "nothing is left");
    ok(shownText().includes("Your user may not do this"), "it is said");
  },

  "an address that nobody could have written leads somewhere": async (stage) => {
    await open(stage, "conversations/%E0%A4%A");
    ok(shownText().includes("Conversations"), "the page is there");
  },

  "an answer that was overtaken is not shown": async (stage) => {
    const { fake } = await open(stage, "messages");
    const late = Promise.withResolvers();
    const answers = [late.promise, { items: [], more: false }];
    fake.scene.answers.messages = () => answers.shift();
    const select = find("select#state");
    for (const value of ["waiting", "lost"]) {
      select.value = value;
      select.dispatchEvent(new Event("change"));
    }
    await settled();
    late.resolve({ items: [{ ...SCENES.storm().sent[0], text: "too late" }], more: false });
    await settled();
    ok(!shownText().includes("too late"), "it is of another filter");
    ok(shownText().includes("No messages."), "the newest answer counts");
  },

  "why something could not be done is read until the next try": async (stage) => {
    const { fake } = await open(stage, "conversations/anna");
    fake.scene.answers.reply = new Error("x", { cause: { code: "failed", translation_key: "not_committed" } });
    await write("agw-conversation >>> textarea", "Hello");
    press("Send");
    await settled();
    fake.scene.overview.changes.inbound += 1;
    fake.push();
    await settled();
    ok(shownText().includes("could not be saved"), "a push does not wipe it away");
  },

  "what could not be read is asked for again by a button": async (stage) => {
    const { fake } = await open(stage, "messages");
    const { messages } = fake.scene.answers;
    fake.scene.answers.messages = new Error("x", { cause: { code: 3, message: "Connection lost" } });
    fake.scene.overview.changes.messages += 1;
    fake.push();
    await settled();
    ok(shownText().includes("Home Assistant cannot be reached"), "it is said");
    fake.scene.answers.messages = messages;
    press("Try again");
    await settled();
    ok(!shownText().includes("Home Assistant cannot be reached"), "and over");
  },

  "an answer to one question does not hide that there was none to another": async (stage) => {
    const { fake } = await open(stage, "alarms", { scene: "storm" });
    fake.scene.answers.open_alarms = new Error("x", { cause: { code: 3, message: "Connection lost" } });
    press("Show more");
    await settled();
    fake.scene.overview.changes.alarms += 1;
    fake.push();
    await settled();
    ok(shownText().includes("Home Assistant cannot be reached"), "it is said still");
  },

  "a message that has left cannot be taken back, and nobody is told that it was": async (stage) => {
    const { fake, panel } = await open(stage, "messages");
    fake.scene.answers.cancel_message = { verdict: "unchanged" };
    find("agw-message-row >>> button", "Ben Gruber").click();
    await settled();
    press("Do not send");
    await settled();
    ok(shownText().includes("It is too late"), "it is said");
    ok(!live(panel, "status").includes("not sent"), live(panel, "status"));
  },

  "a draft waits until its writer comes back": async (stage) => {
    const { panel } = await open(stage, "conversations/anna");
    await write("agw-conversation >>> textarea", "For Anna");
    await turn(panel, "conversations/ben");
    equal(find("agw-conversation >>> textarea").value, "");
    await turn(panel, "conversations/anna");
    equal(find("agw-conversation >>> textarea").value, "For Anna");
  },

  "what is written while another message leaves stays": async (stage) => {
    const { fake } = await open(stage, "conversations/anna");
    const sent = Promise.withResolvers();
    fake.scene.answers.reply = () => sent.promise;
    await write("agw-conversation >>> textarea", "One");
    press("Send");
    await write("agw-conversation >>> textarea", "One and two");
    sent.resolve({ verdict: "applied", messages: ["m10"] });
    await settled();
    equal(find("agw-conversation >>> textarea").value, "One and two");
  },

  "a message that comes in is announced, and what was there is not": async (stage) => {
    const { fake, panel } = await open(stage, "conversations/anna");
    equal(live(panel, "status"), "");
    const { items } = fake.scene.answers.conversation;
    const [, theirs] = items;
    items.unshift({ ...theirs, id: "i9", inbound: { ...theirs.inbound, id: "i9", text: "I am there" } });
    fake.scene.overview.changes.inbound += 1;
    fake.push();
    await settled();
    equal(live(panel, "status"), "Anna wrote: I am there");
  },

  "after a long time away no gap is between what was read and what is new": async (stage) => {
    const { fake } = await open(stage, "conversations/anna");
    const [ours] = fake.scene.answers.conversation.items;
    fake.scene.answers.conversation = { items: [{ ...ours, id: "m99" }], more: true, whose: null };
    fake.scene.overview.changes.messages += 1;
    fake.push();
    await settled();
    equal([...all(stage)].filter((each) => each.matches(".bubble")).length, 1);
    ok(shownText().includes("Show older"), "the rest is fetched anew");
  },

  "older messages come in above what is read": async (stage) => {
    const { fake } = await open(stage, "conversations/anna");
    const list = find("agw-conversation >>> .items");
    list.style.maxHeight = "120px";
    list.scrollTop = 0;
    const below = list.scrollHeight;
    const [ours] = fake.scene.answers.conversation.items;
    const items = Array.from({ length: 20 }, (_, number) => ({ ...ours, id: `old${number}` }));
    fake.scene.answers.conversation = { items, more: false, whose: null };
    press("Show older");
    await settled();
    ok(list.scrollTop > 0 && list.scrollHeight - list.scrollTop >= below - 60, `${list.scrollTop}`);
    equal(list.getRootNode().activeElement, list);
  },

  "the inbox keeps what was fetched of it": async (stage) => {
    const { fake, panel } = await open(stage);
    const [newest] = fake.scene.answers.inbox.items;
    const old = { ...newest, id: "i0", text: "From long ago" };
    fake.scene.answers.inbox = ({ before }) =>
      before ? { items: [old], more: false } : { items: [newest], more: true };
    await turn(panel, "conversations");
    press("Show older");
    await settled();
    fake.scene.overview.changes.inbound += 1;
    fake.push();
    await settled();
    ok(shownText().includes("From long ago"), "it stays");
    equal(find("agw-inbox >>> button", "Show older"), undefined);
  },

  "whoever wrote last is first": async (stage) => {
    const { fake } = await open(stage, "conversations");
    fake.scene.answers.senders.items.reverse();
    fake.scene.answers.senders.items[0].received_at = new Date().toISOString(); // Ben, just now
    fake.scene.overview.changes.inbound += 1;
    fake.push();
    await settled();
    const names = [...find("agw-conversations >>> nav").querySelectorAll(".name")].map(textOf);
    equal(names, ["Inbox", "Ben Gruber", "Anna", "Chiara Rossi", "+43…890"]);
  },

  "where there is nobody, nothing is tried": async (stage) => {
    const { fake } = await open(stage, "rehearsal", { scene: "empty" });
    find("input[type=text]").value = "OK";
    press("Try it");
    await settled();
    equal(asked(fake, "dry_run"), []);
  },

  "what waits for a route is told, not what left": async (stage) => {
    await open(stage, "routes");
    const figures = find("agw-route-card >>> dl");
    ok(textOf(figures).includes("Waiting1"), textOf(figures));
  },

  "the same is announced twice if it happened twice": async (stage) => {
    const { panel } = await open(stage);
    const heard = [];
    for (const _ of [1, 2]) {
      find("agw-alarm-card >>> button", "Acknowledge").click();
      await settled();
      heard.push(live(panel, "status"));
    }
    ok(heard[0] !== heard[1], "readers say only what changed");
    equal(heard[0].trim(), heard[1].trim());
  },

  "strangers who look alike are two": async (stage) => {
    const { fake, panel } = await open(stage, "conversations");
    const { items } = fake.scene.answers.senders;
    items.push({ ...items[1], id: "i8", alias: "a8", text: "I am another" });
    fake.scene.overview.changes.inbound += 1;
    fake.push();
    await turn(panel, "conversations/from:i8");
    ok(shownText().includes("Who is this?") && shownText().includes("I am another"), "both");
    equal(textOf(find("agw-conversations >>> a[aria-current=page]")).includes("I am another"), true);
    items.at(-1).id = "i9"; // they wrote again
    fake.scene.overview.changes.inbound += 1;
    fake.push();
    await settled();
    ok(textOf(find("agw-conversations >>> a[aria-current=page]")).includes("I am another"), "the same one");
  },

  "the inbox has all that came, and leads to whoever wrote": async (stage) => {
    const { fake } = await open(stage, "conversations");
    const rows = [...all(stage)].filter((each) => each.matches("a") && each.getRootNode().host?.localName === "agw-inbox");
    equal(rows.map((row) => new URL(row.href).pathname), [
      `${PREFIX}/conversations/anna`,
      `${PREFIX}/conversations/from%3Ai3`,
      `${PREFIX}/conversations/ben`,
    ]);
    ok(textOf(rows[2]).includes("Refused: a PIN or one-time code is missing"), textOf(rows[2]));
    equal(asked(fake, "inbox").length, 1);
  },

  "on a phone one side makes room for the other, and the focus goes along": async (stage) => {
    const { panel } = await open(stage, "conversations", { narrow: true });
    const { renderRoot } = find("agw-conversations");
    equal([find("agw-inbox"), find("agw-conversation")], [undefined, undefined]);
    await turn(panel, "conversations/anna");
    equal(renderRoot.querySelector("nav"), null);
    equal(textOf(find("agw-conversation").renderRoot.activeElement), "Anna");
    await turn(panel, "conversations");
    equal(renderRoot.activeElement, renderRoot.querySelector("nav"));
  },

  "of a thousand alarms the worst hundred are shown, more on demand, and any is found": async (stage) => {
    const { fake } = await open(stage, "alarms", { scene: "storm" });
    const cards = () => [...all(stage)].filter((each) => each.matches("agw-alarm-card")).length;
    equal([cards(), [...all(stage)].filter((each) => each.matches("dialog")).length], [100, 3]);
    ok(shownText().includes("1,000 open alarms") && shownText().includes("And 900 more"), "it says how many");
    press("Show more");
    await settled();
    equal([cards(), asked(fake, "open_alarms").at(-1)], [200, { find: "", limit: 200 }]);
    await write("input#find", "Fan");
    await pause(100);
    await write("input#find", "Fan 777");
    await pause(300);
    await settled();
    equal(asked(fake, "open_alarms").length, 2, "not with each key");
    equal([cards(), asked(fake, "open_alarms").at(-1).find], [1, "Fan 777"]);
    ok(shownText().includes("One alarm has these words"), "how many were found");
    await write("input#find", "");
    await pause(300);
    await settled();
    equal(cards(), 100);
  },

  "whoever reads old messages is not thrown back by new ones": async (stage) => {
    const { fake } = await open(stage, "messages", { scene: "storm" });
    const rows = () => [...all(stage)].filter((each) => each.matches("agw-message-row"));
    fake.scene.sent.length = 550;
    for (let page = 1; page < 11; page += 1) {
      press("Show older");
      await settled();
    }
    equal(rows().length, 550);
    fake.scene.sent.unshift({ ...fake.scene.sent[0], uid: "new", text: "New" });
    fake.scene.overview.changes.messages += 1;
    fake.push();
    await settled();
    const uids = rows().map((row) => row.message.uid);
    equal([uids.length, uids[0], uids[1], uids.at(-1)], [551, "new", "m0", "m549"]);
    equal(new Set(uids).size, 551);
    equal(find("agw-timeline >>> button", "Show older"), undefined, "there are no older ones");
  },

  "an alarm that is over tells its story": async (stage) => {
    await open(stage);
    const over = find("agw-alarms >>> details");
    equal(over.querySelector("agw-alarm-story"), null);
    over.open = true;
    over.dispatchEvent(new Event("toggle"));
    await settled();
    ok(find("agw-alarm-story >>> h4", "What happened"), "its story");
  },

  "the signal is drawn anew when a route changes": async (stage) => {
    const { fake } = await open(stage, "routes");
    fake.scene.overview.changes.routes += 1;
    fake.push();
    await settled();
    equal(asked(fake, "routes").length, 2);
  },

  "an attempt names its route as people do": async (stage) => {
    await open(stage, "messages");
    find("agw-message-row >>> button", "Anna").click();
    await settled();
    ok(shownText().includes("Attempt 2 by Huawei E3372 (…3809)"), "not by the name of its entry");
  },

  "where nothing is set up, administrators are led to where that is done": async (stage) => {
    for (const section of ["people", "routes"]) {
      const { fake } = await open(stage, section, { scene: "empty" });
      equal(find("a", "Open the settings")?.getAttribute("href"), "/config/integrations/integration/alert_gateway");
      fake.scene.overview.user.is_admin = false;
      fake.push();
      await settled();
      equal(find("a", "Open the settings"), undefined);
      stage.replaceChildren();
    }
  },

  "numbers are written as the user has them": async (stage) => {
    const { fake } = await open(stage, "routes");
    ok(shownText().includes("€12.40"), "English");
    fake.change({ language: "de", locale: { ...fake.hass.locale, language: "de", number_format: "decimal_comma" } });
    await settled();
    ok(shownText().includes("12,40"), "with a comma");
  },

  "a theme that is dark is dark, whatever it calls itself, and any accent can be read": async (stage) => {
    for (const accent of ["#ffeb3b", "#001a66", "#009ac7", "#ff00ff"]) {
      for (const [text, card] of [
        ["#e8e8e8", "#1c1c1c"],
        ["#141414", "#ffffff"],
      ]) {
        const theme = { "--primary-text-color": text, "--card-background-color": card, "--primary-color": accent };
        await themed(theme, async () => {
          const { panel } = await open(stage);
          equal(panel.hasAttribute("dark"), text === "#e8e8e8");
          const link = panel.renderRoot.querySelector("nav a[aria-current]");
          const found = contrast(getComputedStyle(link).color, card);
          ok(found >= 4.5, `${accent} on ${card}: ${found}`);
          const button = find("agw-alarm-card >>> button.filled");
          const { color, backgroundColor } = getComputedStyle(button);
          ok(contrast(color, backgroundColor) >= 4.5, `${accent} filled on ${card}`);
          stage.replaceChildren();
        });
      }
    }
  },

  "nothing is wider than a phone": async (stage) => {
    stage.style.width = "360px";
    try {
      for (const scene of ["busy", "storm"]) {
        for (const section of [...SECTIONS, "conversations/inbox"]) {
          await open(stage, section, { scene, narrow: true });
          const main = find("main");
          ok(main.scrollWidth <= 360, `${scene} ${section}: ${main.scrollWidth}`);
          stage.replaceChildren();
        }
      }
    } finally {
      stage.style.width = "";
    }
  },

  "in a Home Assistant that runs from right to left the page runs as its language": async (stage) => {
    document.documentElement.dir = "rtl";
    try {
      const { panel } = await open(stage, "alarms", { language: "ar" });
      equal([getComputedStyle(panel).direction, panel.lang], ["ltr", "en"]);
    } finally {
      document.documentElement.dir = "";
    }
  },
};
