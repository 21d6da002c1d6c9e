import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { EventStream } from "../../ui/components/shared/event_stream.js";

class FakeSocket {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 3;
  static made = [];
  readyState = 0;
  sent = [];

  constructor(url) {
    this.url = url;
    FakeSocket.made.push(this);
  }

  send(said) { this.sent.push(said); }

  close() { this.readyState = 3; }

  open() { this.readyState = 1; this.onopen(); }

  say(message) { this.onmessage({ data: JSON.stringify(message) }); }

  cut() { this.readyState = 3; this.onclose(); }
}

let heard;
let page;
let answer;

function stream() {
  return new EventStream("/api/runs/a/events?lang=en", {
    opened: () => heard.push("opened"),
    heard: (message) => heard.push(message.type),
    connection: (now) => heard.push(now),
    refused: (sentence) => heard.push(`refused: ${sentence}`),
  });
}

const last = () => FakeSocket.made.at(-1);
const settled = async () => { for (let i = 0; i < 10; i += 1) await Promise.resolve(); };

beforeEach(() => {
  heard = [];
  answer = { status: 426, json: async () => ({}) };
  page = Object.assign(new EventTarget(), { hidden: false, baseURI: "https://lab.example/train" });
  FakeSocket.made = [];
  Object.assign(globalThis, {
    document: page, window: new EventTarget(), WebSocket: FakeSocket, fetch: async () => answer,
  });
  mock.timers.enable({ apis: ["setTimeout"] });
});

afterEach(() => mock.timers.reset());

test("the address is the page's own, over a websocket", () => {
  stream();
  assert.equal(last().url, "wss://lab.example/api/runs/a/events?lang=en");
});

test("messages are handed on, and what only says that the connection is whole is not", () => {
  stream();
  last().open();
  ["run", "here", "points"].forEach((type) => last().say({ type }));
  assert.deepEqual(heard, ["opened", "open", "run", "points"]);
});

test("a connection that was cut is opened again, and told from the start", async () => {
  stream();
  last().open();
  last().cut();
  await settled();
  mock.timers.tick(1500);
  assert.equal(FakeSocket.made.length, 2);
  last().open();
  assert.deepEqual(heard, ["opened", "open", "reconnecting", "opened", "open"]);
});

test("a server that is away is asked less and less often, and at once when it was there again", async () => {
  stream();
  const waits = [];
  for (let i = 0; i < 6; i += 1) {
    last().cut();
    await settled();
    const before = FakeSocket.made.length;
    let waited = 0;
    for (; FakeSocket.made.length === before; waited += 100) mock.timers.tick(100);
    waits.push(waited);
  }
  assert.ok(waits[0] <= 1500 && waits.at(-1) >= 5000 && waits.at(-1) <= 15000, String(waits));
});

test("what the server will not tell is said once, and not asked for again", async () => {
  answer = { status: 404, json: async () => ({ error: "There is no run a." }) };
  stream();
  last().cut();
  await settled();
  mock.timers.tick(60000);
  assert.deepEqual(heard, ["reconnecting", "refused: There is no run a."]);
  assert.equal(FakeSocket.made.length, 1);
});

test("a tab that wakes up asks whether the connection is still whole", async () => {
  stream();
  last().open();
  page.hidden = true;
  page.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(last().sent, []);
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(last().sent, ["?"]);
  last().say({ type: "here" });
  mock.timers.tick(10000);
  assert.equal(FakeSocket.made.length, 1);
  page.dispatchEvent(new Event("visibilitychange"));
  mock.timers.tick(4000); // nobody answers
  assert.equal(FakeSocket.made.length, 2);
});

test("a tab that wakes up, or a network that is back, does not wait for the next attempt", async () => {
  stream();
  last().open();
  last().cut();
  await settled();
  window.dispatchEvent(new Event("online"));
  assert.equal(FakeSocket.made.length, 2);
});

test("a connection on which nothing is heard is given up", () => {
  stream();
  last().open();
  mock.timers.tick(44000);
  last().say({ type: "here" });
  mock.timers.tick(44000);
  assert.equal(FakeSocket.made.length, 1);
  mock.timers.tick(1000);
  assert.equal(FakeSocket.made.length, 2);
});

test("one that was closed by the page stays closed", async () => {
  const closed = stream();
  last().open();
  closed.close();
  page.dispatchEvent(new Event("visibilitychange"));
  window.dispatchEvent(new Event("online"));
  await settled();
  mock.timers.tick(60000);
  assert.equal(FakeSocket.made.length, 1);
});
