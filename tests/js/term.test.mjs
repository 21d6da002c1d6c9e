import assert from "node:assert/strict";
import { test } from "node:test";

import { inOrder } from "../../ui/components/monitor/headline.js";
import { partsOf, placeOf } from "../../ui/components/shared/term.js";

test("marked words are told from the text around them", () => {
  assert.deepEqual(partsOf("[MSE](mse) per pixel, [held-out](held_out) digits"), [
    { text: "MSE", key: "mse" }, { text: " per pixel, " }, { text: "held-out", key: "held_out" }, { text: " digits" },
  ]);
  assert.deepEqual(partsOf("epoch (3) of [5]"), [{ text: "epoch (3) of [5]" }]);
  assert.deepEqual(partsOf(""), []);
});

test("a card stands below its word, above it at the bottom, and never leaves the window", () => {
  const card = { width: 300, height: 80 };
  const view = { width: 390, height: 844 };
  const at = (left, top) => placeOf({ left, top, bottom: top + 18 }, card, view);
  assert.deepEqual(at(20, 100), { left: 20, top: 124 });
  assert.deepEqual(at(350, 100), { left: 82, top: 124 });
  assert.deepEqual(at(2, 800), { left: 8, top: 714 });
  assert.equal(placeOf({ left: 0, top: 30, bottom: 48 }, { width: 300, height: 80 }, { width: 390, height: 90 }).top, 8);
});

test("of what was noticed the gravest comes first, and of the equally grave the latest", () => {
  const told = [["info", 1], ["warning", 2], ["info", 3], ["error", 4], ["warning", 5]];
  const notices = told.map(([level, text]) => ({ level, text }));
  assert.deepEqual(inOrder(notices).map(({ text }) => text), [4, 5, 2, 3, 1]);
  assert.deepEqual(notices.map(({ text }) => text), [1, 2, 3, 4, 5]);
});
