import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { detailOf, spoken, titleOf } from "../../ui/components/map/panels/card.js";
import { voiceOf } from "../../ui/components/shared/voice.js";

const folder = new URL("../../ui/components/map/", import.meta.url);
const words = JSON.parse(readFileSync(new URL("words.json", folder)));
const scripts = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".js"));
const source = scripts.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");

test("every word that the map says is in the list", () => {
  const said = [...source.matchAll(/say\("(\w+)"/g)].map((match) => match[1]);
  assert.ok(said.length > 30);
  assert.deepEqual(said.filter((key) => !(key in words)), []);
});

test("every word in the list is said", () => {
  const prefixes = [...source.matchAll(/say\(`(\w+_)\$\{/g)].map((match) => match[1]);
  const isSaid = (key) => source.includes(`"${key}"`) || prefixes.some((prefix) => key.startsWith(prefix));
  const seen = /_(seen|unlabelled)$/; // said instead where all digits were trained on, or have no labels
  assert.deepEqual(Object.keys(words).filter((key) => !isSaid(key.replace(seen, ""))), []);
  assert.ok(Object.keys(words).filter((key) => seen.test(key)).every((key) => key.replace(seen, "") in words));
});

test("a card says a digit in the reader's numbers", () => {
  const content = { kind: "digit", label: 4, name: "4", predicted: 9, predictedName: "9", index: 60123, training: false, error: 0.04256 };
  assert.equal(titleOf(content, voiceOf(words, "en")), "4 → 9?");
  assert.equal(titleOf({ ...content, predicted: null }, voiceOf(words, "en")), "4");
  assert.equal(titleOf({ ...content, predicted: 4 }, voiceOf(words, "en")), "4");
  assert.equal(detailOf(content, voiceOf(words, "en")), "no. 60,123 · held out · MSE 0.0426");
  assert.equal(detailOf({ ...content, error: null }, voiceOf(words, "en")), "no. 60,123 · held out");
  assert.match(detailOf(content, voiceOf(words, "es")), /60\.123 .* 0,0426/);
  const speech = spoken(content, voiceOf(words, "en"));
  assert.equal(speech, "Labelled 4, but its neighbours say 9. no. 60,123 · held out · MSE 0.0426.");
});

test("a card of a digit without a label says its number alone, and its row in the file where it came from one", () => {
  const unlabelled = Object.entries(words).filter(([key]) => key.endsWith("_unlabelled"));
  const voice = voiceOf({ ...words, ...Object.fromEntries(unlabelled.map(([key, text]) => [key.replace("_unlabelled", ""), text])) }, "en");
  const content = { kind: "digit", label: 0, name: null, predicted: 0, predictedName: null, index: 5, fileRow: 1203, training: true, error: 0.5 };
  assert.equal(titleOf(content, voice), "");
  assert.equal(detailOf(content, voice), "no. 5 · training · row 1,203 · MSE 0.5000");
  assert.equal(spoken(content, voice), "no. 5 · training · row 1,203 · MSE 0.5000.");
});

test("no minus zero", () => {
  assert.equal(voiceOf(words, "en").code(-0.001), "0.00");
  assert.equal(voiceOf(words, "en").code(-1.5), "\u22121.50");
});
