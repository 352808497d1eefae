// Puts the page into the document, with a fake Home Assistant behind it.
import { find, press, settled } from "./deep.js";
import { FakeHass } from "./fake_hass.js";
import { SCENES } from "./scenes.js";
import "/frontend/alert-gateway-panel.js";

const asked = new URLSearchParams(location.search);
const PREFIX = "/alert-gateway";

const fake = new FakeHass(SCENES[asked.get("scene") ?? "busy"](), {
  language: asked.get("language") ?? "en",
  isDark: asked.get("theme") === "dark",
});
document.documentElement.lang = asked.get("language") ?? "en";
document.documentElement.classList.toggle("dark", asked.get("theme") === "dark");

const panel = document.createElement("alert-gateway-panel");
panel.route = { prefix: PREFIX, path: `/${asked.get("section") ?? "alarms"}` };
panel.narrow = innerWidth < 870;
panel.hass = fake.hass;
fake.onChange = (hass) => (panel.hass = hass);
addEventListener("location-changed", () => {
  panel.route = { prefix: PREFIX, path: location.pathname.slice(PREFIX.length) };
});
document.body.append(panel);
Object.assign(globalThis, { panel, fake });

// &write=OK 4711&press=Try it&press=Details: for pictures of what comes after a click.
await settled();
for (const [name, words] of asked) {
  if (name === "write") {
    find("input[type=text], textarea").value = words;
  }
  if (name === "press") {
    press(words);
    await settled();
  }
}
