import assert from "node:assert/strict";
import { test } from "node:test";

import { between, ease } from "../../ui/components/monitor/morph.js";
import { placed, withMargin } from "../../ui/components/shared/frames.js";
import { apart, medians } from "../../ui/components/shared/names.js";

const near = (actual, expected, within = 1e-5) => {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) => assert.ok(Math.abs(value - expected[index]) <= within, `${index}: ${value}`));
};

test("a view leaves a margin of three hundredths on each side", () => {
  const { low, high } = withMargin([0, -10], [100, 10]);
  near(low, [-3, -10.6]);
  near(high, [103, 10.6]);
});

test("a collapsed axis looks collapsed, and a single point has a view", () => {
  const { low, high } = withMargin([0, 5], [100, 5]);
  near([high[0] - low[0], high[1] - low[1]], [106, 5.3]);
  near([(low[1] + high[1]) / 2], [5]);
  const point = withMargin([2, 2], [2, 2]);
  assert.ok(point.high[0] > point.low[0]);
});

test("with one dimension a digit stands in the row of its label", () => {
  const frame = { dims: 1, count: 4, low: [-1], high: [1], positions: Float32Array.of(-1, 0.5, 1, 0) };
  const labels = Uint8Array.of(0, 9, 3, 3);
  const { positions, low, high } = placed(frame, labels, 10);
  labels.forEach((label, index) => {
    assert.equal(positions[2 * index], frame.positions[index]);
    assert.ok(Math.abs(positions[2 * index + 1] + label) <= 0.3601, `row of digit ${index}`);
  });
  near([low[1], high[1]], [-9.5, 0.5]);
  near([low[0], high[0]], [-1.06, 1.06]);
});

test("with two dimensions the codes are the places", () => {
  const frame = { dims: 2, count: 2, low: [0, 0], high: [1, 1], positions: Float32Array.of(0, 1, 1, 0) };
  assert.equal(placed(frame, Uint8Array.of(1, 2), 10).positions, frame.positions);
});

test("a morph begins at the one, ends at the other, and is straight between", () => {
  const first = { positions: Float32Array.of(0, 0), names: Float32Array.of(2), low: [0, 0], high: [1, 1] };
  const second = { positions: Float32Array.of(4, 8), names: Float32Array.of(4), low: [2, 2], high: [3, 5] };
  assert.deepEqual(between(first, second, 0), first);
  assert.equal(between(first, second, 1), second);
  const quarter = between(first, second, 0.25);
  near(quarter.positions, [1, 2]);
  near(quarter.names, [2.5]);
  near([...quarter.low, ...quarter.high], [0.5, 0.5, 1.5, 2]);
});

test("frames of different sizes do not morph", () => {
  const second = { positions: Float32Array.of(1, 2, 3, 4) };
  assert.equal(between({ positions: Float32Array.of(0, 0) }, second, 0.1), second);
});

test("the ease runs from 0 to 1 through a half, and never back", () => {
  near([0, 0.25, 0.5, 0.75, 1].map(ease), [0, 0.0625, 0.5, 0.9375, 1]);
  for (let step = 0; step < 100; step += 1) assert.ok(ease((step + 1) / 100) > ease(step / 100));
});


test("names stand at the median of their label", () => {
  const names = medians(Float32Array.of(1, 10, 5, 50, 2, 20, 7, 7), Uint8Array.of(4, 4, 4, 0), 10);
  assert.deepEqual([...names.slice(8, 10)], [2, 20]);
  assert.deepEqual([...names.slice(0, 2)], [7, 7]);
  assert.ok(Number.isNaN(names[2]));
});

test("names make room for each other and stay where there is room", () => {
  const moved = apart([[0, 0], [4, 0], null, [100, 100]], 10);
  near(moved[0], [-3, 0]);
  near(moved[1], [7, 0]);
  assert.equal(moved[2], null);
  assert.deepEqual(moved[3], [100, 100]);
  const [first, second] = apart([[5, 5], [5, 5]], 10);
  near([Math.hypot(first[0] - second[0], first[1] - second[1])], [10]);
});
