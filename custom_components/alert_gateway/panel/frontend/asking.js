/** Asks Alert Gateway over the websocket of Home Assistant. */
export class Asking {
  /** `hass` gives the object that Home Assistant handed over last. */
  constructor(hass) {
    this._hass = hass;
  }

  /** Resolves with the answer; rejects with `{code, message, translation_key}`. */
  ask(what, data = {}) {
    return this._hass().callWS({ type: `alert_gateway/${what}`, ...data });
  }

  /** Calls `hear` with each overview; resolves with what ends that. It ends with the connection. */
  async follow(hear) {
    const message = { type: "alert_gateway/subscribe" };
    const end = await this._hass().connection.subscribeMessage(hear, message, { resubscribe: false });
    return () => Promise.resolve(end()).catch(() => undefined); // with the connection it has gone already
  }

  /** Calls `begin` whenever the connection is back; returns what ends that. */
  onReconnect(begin) {
    const { connection } = this._hass();
    connection.addEventListener("ready", begin);
    return () => connection.removeEventListener("ready", begin);
  }
}

const CONNECTION_LOST = 3; // ERR_CONNECTION_LOST of home-assistant-js-websocket
const OF_HOME_ASSISTANT = { unauthorized: "error.unauthorized", unknown_command: "error.starting" };

/** What went wrong, in words. */
export function wordsOf(error, texts) {
  const fault = error?.error ?? error; // a lost connection comes with the whole answer around it
  if ([fault, fault?.code].includes(CONNECTION_LOST)) {
    return texts.say("error.connection");
  }
  for (const key of [OF_HOME_ASSISTANT[fault?.code], `error.${fault?.translation_key}`]) {
    if (texts.has(key)) {
      return texts.say(key, fault.translation_placeholders ?? {});
    }
  }
  return fault?.message || texts.say("error.unknown");
}

/** A name for one send, so that sending it again after a lost answer sends nothing twice. */
export function newRequestId() {
  const octets = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
