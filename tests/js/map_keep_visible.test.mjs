import assert from "node:assert/strict";
import { test } from "node:test";
import { windowHolding, windowShowing } from "../../ui/components/map/tools/keep_visible.js";

const ranges = { x: [0, 10], y: [0, 5] };
const area = { left: 40, top: 0, width: 1000, height: 500 };
const beside = { left: 700, top: 0, width: 340, height: 520 };
const below = { left: 0, top: 300, width: 1050, height: 220 };

/** Where a place is drawn once the window is another one. */
const pointOf = ([x, y], window) => ({
  x: area.left + ((x - window.x[0]) / (window.x[1] - window.x[0])) * area.width,
  y: area.top + ((window.y[1] - y) / (window.y[1] - window.y[0])) * area.height,
});

test("a place that is free stays where it is", () => {
  assert.equal(windowShowing(ranges, pointOf([3, 1], ranges), area, beside), null);
  assert.equal(windowShowing(ranges, pointOf([9, 4], ranges), area, below), null);
});

test("one under the panel comes into the middle of what is free, beside it or above it", () => {
  const right = windowShowing(ranges, pointOf([9, 1], ranges), area, beside);
  assert.deepEqual(right.y, ranges.y);
  assert.ok(Math.abs(pointOf([9, 1], right).x - (40 + 330)) < 1e-6);
  assert.ok(Math.abs(right.x[1] - right.x[0] - 10) < 1e-9);
  const up = windowShowing(ranges, pointOf([9, 1], ranges), area, below);
  assert.deepEqual(up.x, ranges.x);
  assert.ok(Math.abs(pointOf([9, 1], up).y - 150) < 1e-6);
});

test("a window that holds a place stays; another grows just so far that it does, with a margin", () => {
  assert.equal(windowHolding(ranges, [10, 0]), null);
  assert.deepEqual(windowHolding(ranges, [12, 3]), { x: [0, 12.8], y: [0, 5] });
  assert.deepEqual(windowHolding(ranges, [-4, 9]), { x: [-4.8, 10], y: [0, 9.4] });
});
