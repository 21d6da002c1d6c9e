// A run as it happens: server-sent events folded into states. Reconnects on its own.

import { EMPTY, apply } from "./protocol.js";

const FIRST_WAIT_MS = 1000; // before a connection that the browser gave up is tried again
const LONGEST_WAIT_MS = 10000;

/**
 * `heard` is called with each new state, `connection` with "open" or "reconnecting", `refused` with the server's
 * sentence (or null) when it will not show this run.
 */
export class LiveFeed {
  #url;
  #heard;
  #connection;
  #refused;
  #source = null;
  #wait = FIRST_WAIT_MS;
  #timer = null;

  constructor(run, lang, { heard, connection, refused }) {
    this.#url = `/api/runs/${encodeURIComponent(run)}/events?lang=${encodeURIComponent(lang)}`;
    this.#heard = heard;
    this.#connection = connection;
    this.#refused = refused;
    this.#connect();
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #connect() {
    let state = EMPTY;
    const source = new EventSource(this.#url);
    this.#source = source;
    source.onopen = () => {
      state = EMPTY; // the server tells everything from the start to whoever connects
      this.#wait = FIRST_WAIT_MS;
      this.#connection("open");
    };
    source.onmessage = (event) => {
      state = apply(state, JSON.parse(event.data));
      if (state.ended) source.close();
      this.#heard(state);
    };
    source.onerror = () => {
      this.#connection("reconnecting");
      if (source.readyState === EventSource.CLOSED) this.#recover(source);
    };
  }

  /** An EventSource hides why it gave up: ask, and believe a refusal but not a hiccup. */
  async #recover(source) {
    const refusal = await refusalOf(this.#url);
    if (this.#source !== source) return;
    if (refusal) {
      this.close();
      this.#refused(refusal.sentence);
      return;
    }
    this.#timer = setTimeout(() => this.#connect(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
  }
}

/** {sentence} where the server answers 4xx, else null. */
async function refusalOf(url) {
  const asked = new AbortController();
  try {
    const answer = await fetch(url, { signal: asked.signal });
    if (answer.status < 400 || answer.status >= 500) return null;
    const { error = null } = await answer.json().catch(() => ({}));
    return { sentence: error };
  } catch {
    return null; // no server at all: it may be starting again
  } finally {
    asked.abort(); // what answers well is an endless stream
  }
}
