const PAUSE = 3000; // milliseconds; Home Assistant may still be starting

/**
 * Follows the overview for as long as the page is open, over lost connections and restarts of Home Assistant: after
 * one of those its websocket answers long before Alert Gateway is set up, and what is refused then is refused for good.
 */
export class Following {
  /** `hear` gets each overview; `fail` an error, and undefined when it is over. */
  constructor(asking, hear, fail) {
    this._asking = asking;
    this._hear = hear;
    this._fail = fail;
    this._round = 0;
    this._again = () => this._begin();
  }

  start() {
    this._leave = this._asking.onReconnect(this._again);
    this._begin();
  }

  stop() {
    this._round += 1;
    clearTimeout(this._timer);
    this._leave?.();
    this._end?.();
    this._end = undefined;
  }

  async _begin() {
    const round = (this._round += 1);
    const isNow = () => round === this._round;
    clearTimeout(this._timer);
    this._end = undefined; // it went with the connection
    try {
      const end = await this._asking.follow((overview) => isNow() && this._hear(overview));
      if (isNow()) {
        this._end = end;
        this._fail(undefined);
      } else {
        end();
      }
    } catch (error) {
      if (isNow()) {
        this._fail(error);
        this._timer = setTimeout(this._again, PAUSE);
      }
    }
  }
}
