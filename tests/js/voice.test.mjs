import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { isDaring, parseRate } from "../../ui/components/monitor/learning_rate.js";
import { voiceOf } from "../../ui/components/shared/voice.js";

const monitor = new URL("../../ui/components/monitor/", import.meta.url);
const words = JSON.parse(readFileSync(new URL("words.json", monitor)));

test("numbers follow the language", () => {
  const english = voiceOf(words, "en");
  const spanish = voiceOf(words, "es");
  assert.equal(english.mse(0.0361), "0.0361");
  assert.equal(spanish.mse(0.013), "0,0130");
  assert.equal(english.grey(0.0361), "2,347"); // 0.0361 × 255² = 2,347.4
  assert.equal(spanish.grey(0.0361), "2.347");
  assert.equal(english.integer(5000), "5,000");
  assert.equal(english.rate(0.00001), "0.00001");
  assert.equal(spanish.rate(0.003), "0,003");
  assert.deepEqual([english.separators, spanish.separators], [".,", ",."]);
});

test("numbers go by the region, not by the language alone", () => {
  const [mexico, spain, argentina] = ["es-MX", "es", "es-AR"].map((lang) => voiceOf(words, lang));
  assert.deepEqual([mexico.mse(0.0326), mexico.integer(10000)], ["0.0326", "10,000"]);
  assert.deepEqual([spain.mse(0.0326), spain.integer(10000)], ["0,0326", "10.000"]);
  assert.deepEqual([argentina.mse(0.0326), argentina.share(0.5)], ["0,0326", "50%"]);
  assert.deepEqual([mexico, spain, argentina].map((voice) => voice.separators), [".,", ",.", ",."]);
});

test("a small rate is written out", () => {
  assert.deepEqual([1e-5, 1e-7].map(voiceOf(words, "en").rate), ["0.00001", "0.0000001"]);
});

test("every minus is the sign that figures have", () => {
  for (const lang of ["en", "es", "es-MX"]) {
    assert.equal(voiceOf(words, lang).code(-1.5)[0], "\u2212");
    assert.equal(voiceOf(words, lang).integer(-3), "\u22123");
  }
});

test("durations are as exact as is useful", () => {
  const { duration } = voiceOf(words, "en");
  const told = [0.61, 9.96, 42.4, 89, 90, 720, 4800].map(duration);
  assert.deepEqual(told, ["0.6 s", "10 s", "42 s", "89 s", "2 min", "12 min", "80 min"]);
  assert.equal(duration(5400), "1 h 30 min");
  assert.equal(voiceOf(words, "es").duration(1.25), "1,3 s");
});

test("a sentence takes its values, and shows a place that has none", () => {
  const { say } = voiceOf({ ...words, rows: "{a} of {a}, {b}" }, "en");
  assert.equal(say("each", { duration: "2 s" }), "2 s each");
  assert.equal(say("rows", { a: 0 }), "0 of 0, {b}");
});

test("marks of words that explain themselves are for who asks for them, and never stand in plain text", () => {
  const voice = voiceOf({ loss: "[MSE](mse) of {n} [held-out](held_out) digits [0, 1]" }, "en");
  assert.equal(voice.say("loss", { n: 5 }), "MSE of 5 held-out digits [0, 1]");
  assert.equal(voice.marked("loss", { n: 5 }), "[MSE](mse) of 5 [held-out](held_out) digits [0, 1]");
});

test("a learning rate lies between the lowest and the highest, with a point or a comma", () => {
  const typed = ["0.003", " 0,0005 ", "1", ".01", "1e-3", "3E-4", "1e-7"];
  assert.deepEqual(typed.map((text) => parseRate(text, 1e-7, 1)), [0.003, 0.0005, 1, 0.01, 0.001, 0.0003, 1e-7]);
  for (const text of ["", "0", "9e-8", "1e-320", "0.0", "-0.1", "1.01", "3", "abc", "0.1x", "1,000.5", "Infinity", "0x1", "1e999"]) {
    assert.equal(parseRate(text, 1e-7, 1), null, text);
  }
  assert.equal(parseRate("1.5", 0, 2), 1.5);
});

test("a word comes before a rate that is absurd for Adam or far above the first one, not before a lower one", () => {
  const daring = (rate, now, first = 0.003) => isDaring(rate, { learning_rate: now, first_rate: first }, 0.1);
  assert.deepEqual([1, 0.11, 0.03].map((rate) => daring(rate, 0.003)), [true, true, true]);
  assert.deepEqual([0.029, 0.01, 0.001].map((rate) => daring(rate, 0.003)), [false, false, false]);
  assert.equal(daring(0.5, 1), false); // down again
  assert.equal(daring(0.003, 0.0001, 0.0001), false); // thirty times, and yet an ordinary rate
  assert.equal(daring(0.02, 0.0001, 0.0001), true);
});

test("every word that the code says is in words.json, and every word there is said", () => {
  const code = readdirSync(monitor).filter((name) => name.endsWith(".js"))
    .map((name) => new URL(name, monitor)).concat(["voice", "event_stream"].map((name) => new URL(`../shared/${name}.js`, monitor)))
    .map((file) => readFileSync(file, "utf8")).join("\n");
  const quoted = new Set([...code.matchAll(/["']([a-z_]+)["']/g)].map((match) => match[1]));
  const keys = [...code.matchAll(/[{ ,]([a-z_]+): "/g)].map((match) => match[1]);
  const templated = ["original_label", "reconstruction_label"]; // `${kind}_label`
  const said = new Set([...quoted, ...keys, ...templated]);
  const unsaid = Object.keys(words).filter((key) => !said.has(key.replace(/_seen$/, ""))); // `_seen`: nothing is held out
  assert.deepEqual(unsaid, []);
  const asked = [...code.matchAll(/say\("([a-z_]+)"/g)].map((match) => match[1]);
  assert.ok(asked.length > 20);
  assert.deepEqual(asked.filter((key) => !(key in words)), []);
});
