import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cubeOf, farthestFirst, HOME, nearer, project, projected, projection, turned,
} from "../../ui/components/map/data/camera.js";
import { axesOf, overlap, roundTicks } from "../../ui/components/map/draw/space_axes.js";

const SIZE = { width: 400, height: 300 };
const RANGES = { x: [0, 10], y: [-5, 5], z: [100, 200] };
const FRONT = [0, -3, 0, 0, 0, 0, 0, 0, 1]; // looks along y

const near = (actual, expected) => assert.ok(Math.abs(actual - expected) < 1e-3, `${actual}, not ${expected}`);

test("the middle of the ranges is the middle of the picture, as far away as the eye", () => {
  const middle = projected(projection(HOME, cubeOf(RANGES, false), SIZE), [5, 0, 150]);
  near(middle.x, 200);
  near(middle.y, 150);
  near(middle.depth, Math.hypot(1.25, 1.25, 1.25));
});

test("what is on the right and above is drawn there, nearer things larger, and nothing that is behind the eye", () => {
  const seen = projection(FRONT, cubeOf(RANGES, false), SIZE);
  const pixels = 150 / Math.tan(Math.PI / 8);
  const right = projected(seen, [10, 0, 150]);
  near(right.x, 200 + (pixels * 0.5) / 3);
  near(projected(seen, [5, 0, 200]).y, 150 - (pixels * 0.5) / 3);
  assert.ok(projected(seen, [10, -5, 150]).x > right.x);
  assert.ok(Number.isNaN(projected(seen, [5, -40, 150]).x));
});

test("many places are projected as one", () => {
  const seen = projection(HOME, cubeOf(RANGES, true), SIZE);
  const { x, y } = project(seen, { x: [1, 2], y: [3, 4], z: [110, 190] });
  near(x[1], projected(seen, [2, 4, 190]).x);
  near(y[0], projected(seen, [1, 3, 110]).y);
});

test("with one scale on all axes a unit is as long on each of them", () => {
  const { scale, half } = cubeOf(RANGES, true);
  assert.deepEqual([scale, half], [[0.01, 0.01, 0.01], [0.05, 0.05, 0.5]]);
  assert.deepEqual(cubeOf(RANGES, false).half, [0.5, 0.5, 0.5]);
});

test("turning keeps the distance, never looks straight down, and a full turn leads back", () => {
  const far = (camera) => Math.hypot(...camera.slice(0, 3));
  near(far(turned(HOME, 40, 10)), far(HOME));
  assert.ok(Math.hypot(...turned(HOME, 0, 500).slice(0, 2)) > 0.1);
  turned(HOME, 360, 0).forEach((value, k) => near(value, HOME[k]));
});

test("nearer and farther stay within limits", () => {
  assert.ok(Math.hypot(...nearer(HOME, 1e-9).slice(0, 3)) > 0.1);
  assert.ok(Math.hypot(...nearer(HOME, 1e9).slice(0, 3)) < 20);
  near(nearer(HOME, 0.5)[0], 0.625);
});

test("the farthest is drawn first", () => {
  assert.deepEqual([...farthestFirst(Float32Array.of(1, 3, 2, 2.5))], [1, 3, 2, 0]);
  assert.deepEqual([...farthestFirst(Float32Array.of(1, 1))], [0, 1]);
});

test("ticks are round numbers within the range", () => {
  assert.deepEqual(roundTicks([-0.3, 9.9]), [0, 2, 4, 6, 8]);
  assert.deepEqual(roundTicks([-120, 130]), [-100, -50, 0, 50, 100]);
});

test("the numbers and titles of the axes are whole within the picture, wherever one looks from", () => {
  const size = { width: 320, height: 300 };
  for (let across = 0; across < 360; across += 15) {
    for (const [up, factor] of [[-60, 1], [0, 0.5], [40, 0.2]]) {
      const camera = nearer(turned(HOME, across, up), factor);
      const look = { ranges: RANGES, titles: ["dimension 1", "dimension 2", "dimension 3"], form: String, ...size };
      const { texts } = axesOf(camera, cubeOf(RANGES, false), look);
      for (const { text, x, y, anchor } of texts.filter(({ x }) => Number.isFinite(x))) {
        const long = 6 * text.length;
        const left = { start: x, middle: x - long / 2, end: x - long }[anchor];
        assert.ok(left >= 0 && left + long <= size.width && y >= 8 && y <= size.height - 8, `${text} at ${x}, ${y}`);
      }
    }
  }
});

test("no number of an axis is drawn under a title that had to move inwards", () => {
  for (const across of [-150, -60, 0, 45, 120]) {
    const look = { ranges: RANGES, titles: ["dimensión 1", "dimensión 2", "dimensión 3"], form: String, width: 320, height: 480 };
    const { texts } = axesOf(turned(HOME, across, 0), cubeOf(RANGES, false), look);
    const [names, numbers] = [true, false].map((named) => texts.filter(({ text }) => text.startsWith("dim") === named));
    assert.equal(names.length, 3);
    assert.ok(numbers.length > 6);
    assert.deepEqual(numbers.filter((number) => names.some((name) => overlap(number, name))), []);
  }
});
