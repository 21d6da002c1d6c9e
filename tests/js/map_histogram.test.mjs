import assert from "node:assert/strict";
import { test } from "node:test";
import { binOf, stackHeights } from "../../ui/components/map/draw/histogram.js";

test("a bin stacks its digits without gaps, label 0 at the bottom", () => {
  const codes = [0.1, 0.9, 0.15, 0.12, 0.95];
  const labels = [7, 1, 0, 7, 1];
  assert.deepEqual([...stackHeights(codes, labels, 10, [0, 1], 2)], [1.5, 0.5, 0.5, 2.5, 1.5]);
});

test("both ends of the range have a bin, and a collapsed range has one", () => {
  assert.equal(binOf(0, 0, 1, 4), 0);
  assert.equal(binOf(1, 0, 1, 4), 3);
  assert.equal(binOf(5, 5, 5, 4), 0);
});
