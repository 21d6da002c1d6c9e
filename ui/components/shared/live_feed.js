// A run as it happens: events folded into states. Reconnects on its own.

import { EventStream } from "./event_stream.js";
import { EMPTY, apply } from "./run_state.js";

/**
 * `heard` is called with each new state, `connection` with "open" or "reconnecting", `refused` with the server's
 * sentence (or null) when it will not show this run.
 */
export class LiveFeed {
  #stream;

  constructor(url, { heard, connection, refused }) {
    let state = EMPTY;
    this.#stream = new EventStream(url, {
      connection,
      refused,
      opened: () => { state = EMPTY; }, // the server tells everything from the start to whoever connects
      heard: (message) => {
        state = apply(state, message);
        if (state.ended) this.close();
        heard(state);
      },
    });
  }

  close() {
    this.#stream.close();
  }
}
