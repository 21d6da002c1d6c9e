// Events over a websocket that is opened again when it was cut. At each connection the server tells everything from the
// start, so nothing is lost.

const FIRST_WAIT_MS = 1000; // before connecting again
const LONGEST_WAIT_MS = 10000;
const SILENCE_MS = 45000; // the server says something every fifteen seconds
const ANSWER_MS = 4000; // for a connection of which nobody knows whether it outlived the sleep
const QUESTION = "?";

/**
 * `opened` is called at each connection, `heard` with each message, `connection` with "open" or "reconnecting",
 * `refused` with the server's sentence (or null) when it will not answer.
 */
export class EventStream {
  #url;
  #told;
  #socket = null;
  #wait = FIRST_WAIT_MS;
  #retry = null; // timer: when to connect again
  #silence = null; // timer: when to give a silent connection up
  #awake = () => this.#lookAfterSleep();

  constructor(url, told) {
    this.#url = url;
    this.#told = told;
    document.addEventListener("visibilitychange", this.#awake);
    window.addEventListener("online", this.#awake);
    this.#connect();
  }

  close() {
    document.removeEventListener("visibilitychange", this.#awake);
    window.removeEventListener("online", this.#awake);
    this.#drop();
  }

  #connect() {
    this.#drop();
    const socket = new WebSocket(websocketUrl(this.#url));
    let open = false;
    this.#socket = socket;
    socket.onopen = () => {
      open = true;
      this.#wait = FIRST_WAIT_MS;
      this.#expectWithin(SILENCE_MS);
      this.#told.opened();
      this.#told.connection("open");
    };
    socket.onmessage = ({ data }) => {
      this.#expectWithin(SILENCE_MS);
      const message = JSON.parse(data);
      if (message.type !== "here") this.#told.heard(message);
    };
    socket.onclose = () => this.#lost(socket, open);
  }

  #drop() {
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** A page learns nothing about a websocket that was not opened, so it asks at the same address for the reason. */
  async #lost(socket, wasOpen) {
    if (this.#socket !== socket) return;
    clearTimeout(this.#silence);
    this.#told.connection("reconnecting");
    const refusal = wasOpen ? null : await refusalOf(this.#url);
    if (this.#socket !== socket) return; // closed, or connected again, meanwhile
    if (refusal) {
      this.close();
      this.#told.refused(refusal.sentence);
      return;
    }
    const spread = 0.5 + Math.random(); // a whole room is cut off at the same moment
    this.#retry = setTimeout(() => this.#connect(), spread * this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
  }

  #expectWithin(milliseconds) {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.#told.connection("reconnecting");
      this.#connect();
    }, milliseconds);
  }

  /** A tab that wakes up, or a network that is back: the connection may be gone though nothing has said so. */
  #lookAfterSleep() {
    if (document.hidden || !this.#socket) return;
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#expectWithin(ANSWER_MS);
      this.#socket.send(QUESTION);
    } else if (this.#socket.readyState === WebSocket.CLOSED) {
      this.#wait = FIRST_WAIT_MS;
      this.#connect();
    }
  }
}

function websocketUrl(url) {
  const address = new URL(url, document.baseURI);
  address.protocol = address.protocol.replace("http", "ws");
  return address.href;
}

/** {sentence} where the server answers 4xx, but for 426, which says that it would take a websocket; else null. */
async function refusalOf(url) {
  try {
    const answer = await fetch(url);
    if (answer.status < 400 || answer.status >= 500 || answer.status === 426) return null;
    const { error = null } = await answer.json().catch(() => ({}));
    return { sentence: error };
  } catch {
    return null; // no server at all: it may be starting again
  }
}
