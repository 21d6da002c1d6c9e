import assert from "node:assert/strict";
import { test } from "node:test";
import { searched } from "../../ui/components/map/data/search.js";

const all = { classes: [..."0123456789"], start: 0, n: 70_000 };

test("a digit is found by its number as people write it", () => {
  for (const text of ["60123", " 60,123 ", "60.123", "60\u202f123", "#60123"]) assert.deepEqual(searched(text, all), { row: 60_123 });
  assert.deepEqual(searched("60123", { ...all, start: 60_000, n: 10_000 }), { row: 123 });
});

test("a label is found by its name; its number with a sign is the digit", () => {
  assert.deepEqual(searched("7", all), { label: 7 });
  assert.deepEqual(searched("#7", all), { row: 7 });
  assert.deepEqual(searched("sneaker", { ...all, classes: ["Boot", "Sneaker"] }), { label: 1 });
});

test("what is not on the map is not found", () => {
  for (const text of ["70000", "seven", "-1", "", "1e3"]) assert.equal(searched(text, all), null);
  assert.equal(searched("5000", { ...all, start: 60_000, n: 10_000 }), null);
});
