// Server-sent events with reconnection. At each connection the server sends everything from the start.

const FIRST_WAIT_MS = 1000; // before reconnecting, if the browser itself has given up
const LONGEST_WAIT_MS = 10000;

/**
 * `opened` is called at each connection, `heard` with each message, `connection` with "open" or "reconnecting",
 * `refused` with the server's sentence (or null) when it will not answer.
 */
export class EventStream {
  #url;
  #told;
  #source = null;
  #wait = FIRST_WAIT_MS;
  #timer = null;

  constructor(url, told) {
    this.#url = url;
    this.#told = told;
    this.#connect();
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #connect() {
    const source = new EventSource(this.#url);
    this.#source = source;
    source.onopen = () => {
      this.#wait = FIRST_WAIT_MS;
      this.#told.opened();
      this.#told.connection("open");
    };
    source.onmessage = (event) => this.#told.heard(JSON.parse(event.data));
    source.onerror = () => {
      this.#told.connection("reconnecting");
      if (source.readyState === EventSource.CLOSED) this.#recover(source);
    };
  }

  /** EventSource does not report the status of an answer, so fetch the URL: stop on 4xx, reconnect on anything else. */
  async #recover(source) {
    const refusal = await refusalOf(this.#url);
    if (this.#source !== source) return;
    if (refusal) {
      this.close();
      this.#told.refused(refusal.sentence);
      return;
    }
    this.#timer = setTimeout(() => this.#connect(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
  }
}

/** {sentence} where the server answers 4xx, else null. */
async function refusalOf(url) {
  const controller = new AbortController();
  try {
    const answer = await fetch(url, { signal: controller.signal });
    if (answer.status < 400 || answer.status >= 500) return null;
    const { error = null } = await answer.json().catch(() => ({}));
    return { sentence: error };
  } catch {
    return null; // no server at all: it may be starting again
  } finally {
    controller.abort(); // a successful answer is an endless stream
  }
}
