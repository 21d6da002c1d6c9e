import assert from "node:assert/strict";
import { test } from "node:test";
import {
  boxPolygon, equalRanges, paddedRange, placeCard, pointInPolygon, pointsInPolygon, straightWalk,
} from "../../ui/components/map/data/geometry.js";

const C_SHAPE = [[0, 0], [4, 0], [4, 1], [1, 1], [1, 3], [4, 3], [4, 4], [0, 4]];

test("a point in the mouth of a C is outside, in its back inside", () => {
  assert.equal(pointInPolygon(2, 2, C_SHAPE), false);
  assert.equal(pointInPolygon(0.5, 2, C_SHAPE), true);
  assert.equal(pointInPolygon(3, 3.5, C_SHAPE), true);
  assert.deepEqual(pointsInPolygon([2, 0.5, 9, 3], [2, 2, 9, 3.5], C_SHAPE), [1, 3]);
});

test("a box drawn from any corner holds the same points", () => {
  for (const [a, b] of [[[0, 0], [2, 1]], [[2, 1], [0, 0]], [[0, 1], [2, 0]]]) {
    assert.deepEqual(pointsInPolygon([1, 1.9, 2.1], [0.5, 0.9, 0.5], boxPolygon(a, b)), [0, 1]);
  }
});

test("a walk is straight, even, and begins and ends at its digits", () => {
  const walk = straightWalk([0, 2, 1], [15, -1, 1], 16);
  assert.equal(walk.length, 16);
  assert.deepEqual(walk[0], [0, 2, 1]);
  assert.deepEqual(walk[15], [15, -1, 1]);
  walk.forEach(([a, b, c], step) => {
    assert.ok(Math.abs(a - step) < 1e-9 && Math.abs(b - (2 - step / 5)) < 1e-9 && c === 1);
  });
});

test("ranges have a margin, and a width even where nothing varies", () => {
  assert.deepEqual(paddedRange([0, 10, NaN]), [-0.5, 10.5]);
  assert.deepEqual(paddedRange([4, 4]), [2, 6]);
  assert.deepEqual(paddedRange([0, 0]), [-1, 1]);
  assert.deepEqual(paddedRange([]), [-1, 1]);
});

test("the card never covers its point and never leaves the screen", () => {
  const size = { width: 220, height: 150 };
  for (const screen of [{ width: 1200, height: 800 }, { width: 390, height: 700 }]) {
    for (let x = 0; x <= screen.width; x += 13) {
      for (let y = 0; y <= screen.height; y += 13) {
        const card = placeCard({ x, y }, size, screen);
        const covers = x >= card.x && x <= card.x + size.width && y >= card.y && y <= card.y + size.height;
        assert.ok(!covers, `covers ${x}, ${y}`);
        assert.ok(card.x >= 0 && card.x + size.width <= screen.width, `leaves sideways at ${x}, ${y}`);
        assert.ok(card.y >= 0 && card.y + size.height <= screen.height, `leaves up or down at ${x}, ${y}`);
      }
    }
  }
});

test("equal ranges give a unit the same length on both axes and still show everything", () => {
  const { x, y } = equalRanges({ x: [0, 10], y: [-1, 1] }, { width: 500, height: 400 });
  assert.deepEqual({ x, y }, { x: [0, 10], y: [-4, 4] });
});
