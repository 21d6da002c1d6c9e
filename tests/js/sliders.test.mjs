import assert from "node:assert/strict";
import { test } from "node:test";

import { createDials } from "../../ui/components/sliders/dials.js";

const ranges = () => ({
  dimensions: [2, 0], low: [-1, 0, -4], high: [1, 0, 4], average: [0.5, 0, 1],
  by_label: Array.from({ length: 10 }, (_, label) => [label, 0, -label]),
});

test("dials begin at the average, and reset goes back there", () => {
  const dials = createDials(ranges());
  assert.deepEqual([...dials.code], [0.5, 0, 1]);
  dials.turn(0, -0.25);
  assert.deepEqual([...dials.code], [-0.25, 0, 1]);
  assert.deepEqual(dials.origin, { kind: "average", moved: true });
  dials.reset();
  assert.deepEqual([...dials.code], [0.5, 0, 1]);
  assert.deepEqual(dials.origin, { kind: "average", moved: false });
});

test("a label's average is its own", () => {
  const dials = createDials(ranges());
  dials.label(7);
  assert.deepEqual([...dials.code], [7, 0, -7]);
  assert.equal(dials.origin.label, 7);
});

test("a digit's code is taken whole and exactly, beyond the sliders too", () => {
  const dials = createDials(ranges());
  const digit = { index: 60123, label: 4, code: [9.123456789, 0.75, -2] };
  dials.digit(digit);
  assert.deepEqual([...dials.code], digit.code);
  dials.turn(2, 3);
  assert.deepEqual([...dials.code], [9.123456789, 0.75, 3]);
  assert.deepEqual(digit.code, [9.123456789, 0.75, -2]);
});

test("a code that no digit changes cannot be turned", () => {
  const dials = createDials(ranges());
  assert.equal(dials.range(1).fixed, true);
  assert.equal(dials.range(0).fixed, false);
  assert.ok(dials.range(2).step > 0 && dials.range(2).step <= 0.05);
});
