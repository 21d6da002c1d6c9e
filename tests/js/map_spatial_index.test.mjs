import assert from "node:assert/strict";
import { test } from "node:test";
import { SpatialIndex } from "../../ui/components/map/data/spatial_index.js";
import { nearestMany } from "../../ui/components/shared/nearest.js";
import { fixture } from "./map_fixture.mjs";

const expected = fixture("map_nearest");
const x = Float32Array.from(expected.x);
const y = Float32Array.from(expected.y);

test("the nearest point in pixels is the one that NumPy finds, on axes of different scale", () => {
  const index = new SpatialIndex(x, y);
  expected.places.forEach(([px, py], i) => {
    assert.equal(index.nearest(px, py, expected.scale, Infinity), expected.nearest[i]);
  });
});

test("nothing lies within a radius smaller than the distance", () => {
  const index = new SpatialIndex(x, y);
  expected.places.forEach(([px, py], i) => {
    assert.equal(index.nearest(px, py, expected.scale, expected.distance[i] * 0.999), -1);
    assert.equal(index.nearest(px, py, expected.scale, expected.distance[i] * 1.001), expected.nearest[i]);
  });
});

test("the ten nearest come in order", () => {
  expected.places.forEach((place, i) => {
    assert.deepEqual(nearestMany([x, y], place, 10, { scale: expected.scale }), expected.ten[i]);
  });
});

test("points that are refused or not finite are never found", () => {
  const even = nearestMany([x, y], [0, 0], 5, { accept: (id) => id % 2 === 0 });
  assert.ok(even.length === 5 && even.every((id) => id % 2 === 0));
  const index = new SpatialIndex(Float32Array.of(NaN, 1), Float32Array.of(0, 1));
  assert.equal(index.nearest(0, 0, [1, 1], 10), 1);
  assert.equal(new SpatialIndex(new Float32Array(0), new Float32Array(0)).nearest(0, 0, [1, 1], 9), -1);
});

const N = 70000;
const wave = (k) => Float32Array.from({ length: N }, (_, i) => Math.sin(i * k) * 5 + Math.sin(i * k * 7.3));
const collapsed = {
  "a good map": [wave(1.37), wave(2.71)],
  "all codes on an axis": [wave(1.37), new Float32Array(N)],
  "all codes equal": [new Float32Array(N).fill(0.5), new Float32Array(N).fill(0.5)],
  "all but one equal": [new Float32Array(N).fill(0).with(7, 100), new Float32Array(N)],
};

for (const [name, [xs, ys]] of Object.entries(collapsed)) {
  test(`${name}: 70,000 points are indexed in 100 ms and picked right and at once`, () => {
    const built = [1, 2, 3, 4].map(() => timed(() => new SpatialIndex(xs, ys))); // the first is not compiled
    assert.ok(Math.min(...built) < 100, `built in ${Math.min(...built).toFixed(0)} ms`);
    const index = new SpatialIndex(xs, ys);
    const places = Array.from({ length: 200 }, (_, i) => [Math.sin(i) * 6, Math.cos(i * 3) * 0.2]);
    let found;
    const each = timed(() => (found = places.map(([px, py]) => index.nearest(px, py, [80, 80], 5000)))) / places.length;
    assert.ok(each < 1, `${each.toFixed(2)} ms a pick`);
    places.slice(0, 20).forEach((place, i) => {
      const [best] = nearestMany([xs, ys], place, 1, { scale: [80, 80] });
      assert.equal(pixels(xs, ys, found[i], place), pixels(xs, ys, best, place));
    });
  });
}

/** Milliseconds of processor time: what others do on the machine does not count. */
function timed(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function pixels(xs, ys, id, [px, py]) {
  return Math.hypot((xs[id] - px) * 80, (ys[id] - py) * 80);
}
