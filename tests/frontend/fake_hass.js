// As much of Home Assistant's `hass` as the page uses; answers come from a scene, and calls are kept.
export class FakeHass {
  constructor(scene, { language = "en", isDark = false } = {}) {
    this.scene = scene;
    this.calls = [];
    this.hear = null;
    this.refuses = []; // errors for the next ones who want to follow
    this.ready = new Set(); // who wants to know of a connection that is back
    this.onChange = () => {};
    this.hass = {
      language,
      locale: { language, time_format: "24", time_zone: "local" },
      themes: { darkMode: isDark },
      connected: true,
      config: { time_zone: "Europe/Vienna" },
      callWS: (message) => this._answer(message),
      connection: {
        addEventListener: (_name, hear) => this.ready.add(hear),
        removeEventListener: (_name, hear) => this.ready.delete(hear),
        subscribeMessage: async (hear, message, options) => {
          this.calls.push({ ...message, ...options });
          if (this.refuses.length) {
            throw this.refuses.shift();
          }
          this.hear = hear;
          hear(structuredClone(this.scene.overview));
          return () => (this.hear = this.hear === hear ? null : this.hear);
        },
      },
    };
  }

  /** Push what the scene shows now. */
  push() {
    this.hear?.(structuredClone(this.scene.overview));
  }

  /** The connection was lost, and is back: nobody is told of anything any more who does not ask again. */
  reconnect() {
    this.hear = null;
    this.ready.forEach((begin) => begin());
  }

  /** Change something of `hass`, as Home Assistant does: by another object. */
  change(values) {
    this.hass = { ...this.hass, ...values };
    this.onChange(this.hass);
  }

  async _answer(message) {
    this.calls.push(message);
    const answer = this.scene.answers[message.type.split("/")[1]];
    const found = await (typeof answer === "function" ? answer(message) : answer);
    if (found instanceof Error) {
      throw found.cause;
    }
    return structuredClone(found ?? {});
  }
}
