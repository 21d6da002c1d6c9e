import assert from "node:assert/strict";
import { test } from "node:test";
import { beyond, firstRanges, inSight } from "../../ui/components/map/data/window.js";
import { inkShares } from "../../ui/components/map/draw/ink.js";

const N = 10_000;
const spread = (seed) => Float32Array.from({ length: N }, (_, i) => ((i * seed) % N) / N - 0.5); // even, -0.5 .. 0.5
const cloud = { x: spread(7), y: spread(13) };
const isIn = ([low, high], value) => value >= low && value <= high;

test("at first 98 of 100 digits fill the window, however far the others lie", () => {
  const x = cloud.x.map((value, i) => (i % 60 === 0 ? 1000 * value : value)); // more than 1 in 100 far outside
  for (const columns of [{ x, y: cloud.y }, { x, y: cloud.y, z: cloud.x }, { x: cloud.x.map((value, i) => (i % 200 ? value : 500)) }]) {
    const ranges = firstRanges(columns);
    const shown = Array.from({ length: N }, (_, i) => Object.keys(columns).every((axis) => isIn(ranges[axis], columns[axis][i])));
    assert.ok(shown.filter(Boolean).length >= 0.98 * N);
  }
  const few = firstRanges({ x: cloud.x.map((value, i) => (i % 400 ? value : 500 * value)), y: cloud.y });
  assert.ok(few.x[1] - few.x[0] < 1.2);
});

test("a collapsed axis and an empty one still have a width", () => {
  for (const values of [new Float32Array(5).fill(3), new Float32Array(), Float32Array.of(NaN, 1)]) {
    const { x } = firstRanges({ x: values });
    assert.ok(x[1] > x[0]);
  }
});

test("a window without a digit is moved until one is in sight, and no farther", () => {
  const whole = { x: [-0.5, 0.5], y: [-0.5, 0.5] };
  const lost = { x: [5, 6], y: [0.2, 1.2] };
  const found = inSight(lost, cloud, whole);
  assert.ok(cloud.x.some((x, i) => isIn(found.x, x) && isIn(found.y, cloud.y[i])));
  assert.ok(Math.abs(found.x[1] - found.x[0] - 1) < 1e-6);
  assert.ok(found.x[1] > 0.9); // most of it still looks where the person had pushed it
  assert.deepEqual(inSight(found, cloud, whole), found);
});

test("a window with digits stays as it is, and one cannot back away for ever", () => {
  const whole = { x: [-0.5, 0.5], y: [-0.5, 0.5] };
  const near = { x: [-0.1, 0.1], y: [-0.1, 0.1] };
  assert.deepEqual(inSight(near, cloud, whole), near);
  const wide = inSight({ x: [-500, 500], y: [-500, 500] }, cloud, whole);
  assert.ok(wide.x[1] - wide.x[0] <= 4.001);
});

test("what lies beyond the edges is counted once, at the edge that it is farthest from", () => {
  const seen = { x: [-5, 50, 120, 50, -1, NaN], y: [50, -3, 50, 50, 190, NaN] };
  assert.deepEqual(beyond(seen, { width: 100, height: 100 }), { left: 1, right: 1, above: 1, below: 1 });
});

test("a dot is fainter the more of them lie on each other, and as dark as can be on its own", () => {
  const crowd = (n) => ({ x: [90, ...new Array(n).fill(4)], y: [90, ...new Array(n).fill(4)] });
  const [few, many] = [10, 1000].map((n) => inkShares(crowd(n), { width: 100, height: 100 }, 3));
  assert.equal(few[0], many[0]);
  assert.ok(many[0] > 0.8 && few[1] < many[0] && many[1] < 0.1 * few[1]);
  const layers = 10 * (Math.PI * 9) / 4 / 64;
  assert.ok(1 - (1 - few[1]) ** layers < 0.9); // of the paper some shows through
});
