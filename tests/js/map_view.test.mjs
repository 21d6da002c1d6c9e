import assert from "node:assert/strict";
import { test } from "node:test";
import { gridPlaces, gridSize } from "../../ui/components/map/draw/manifold.js";
import { between, nearestTo } from "../../ui/components/map/tools/replay.js";
import { shifted, zoomed } from "../../ui/components/map/data/geometry.js";
import { addressOf, createView, windowOf } from "../../ui/components/map/data/view.js";

test("what an address keeps comes back as it was", () => {
  const view = createView({
    colour: "error", digits: "held_out", digit: 7, epoch: null, label: 4, equal: 0, pictures: 1, unknown: 1,
  }, 10);
  const address = addressOf(view.state, { x: [0, 1], y: [-2, 3] });
  assert.deepEqual(address, {
    colour: "error", digits: "held_out", axes: null, digit: 7, epoch: null, beside: null, label: 4, draw: null, selection: null, equal: 0, pictures: 1,
    x0: 0, x1: 1, y0: -2, y1: 3, camera: null,
  });
  assert.deepEqual(windowOf(JSON.parse(JSON.stringify(address))), { x: [0, 1], y: [-2, 3] });
  assert.deepEqual(addressOf(createView(address, 10).state, windowOf(address)), address);
  assert.equal(windowOf(addressOf(view.state, null)), null);
});

test("both axes have the same scale until somebody has chosen otherwise", () => {
  assert.equal(createView({}, 10).state.equal, true);
  assert.equal(addressOf(createView({}, 10).state, null).equal, null);
  assert.equal(createView({ equal: 1 }, 10).state.equal, true); // as in links of before
  assert.equal(createView({ equal: 0 }, 10).state.equal, false);
});

test("an address does not choose a tool: a finger scrolls until its person has chosen to move the map", () => {
  assert.equal(createView({ tool: "lasso" }, 10).state.tool, "pan");
  assert.equal(createView({}, 10, "point").state.tool, "point");
  assert.equal(createView({}, 10, "point").rest, "point");
});

test("so does the camera of a space, to a thousandth", () => {
  const camera = [1.25, -0.5, 1 / 3, 0, 0, 0, 0, 0, 1];
  const address = addressOf(createView({}, 10).state, { camera });
  assert.equal(address.camera, "1.25,-0.5,0.333,0,0,0,0,0,1");
  assert.deepEqual(windowOf(address), { camera: [1.25, -0.5, 0.333, 0, 0, 0, 0, 0, 1] });
  for (const nonsense of ["", "1,2", "1,2,3,4,5,6,7,8,NaN", "1,2,3,4,5,6,7,8,1e999",
    "0,0,0,0,0,0,0,0,1", "1,1,1,0,0,0,0,0,0", "0,0,2,0,0,0,0,0,1", "101,1,1,0,0,0,0,0,1"]) {
    assert.equal(windowOf({ camera: nonsense }), null);
  }
});

test("a label that is none isolates nothing", () => {
  for (const label of [10, -1, 1.5, "4"]) assert.equal(createView({ label }, 10).state.label, null);
});

test("a replay begins at the kept epoch that is nearest to the one asked for", () => {
  assert.deepEqual([0, 2.4, 2.6, 99].map((wanted) => nearestTo([1, 2, 3], wanted)), [0, 1, 2, 2]);
});

test("only a real change is told", () => {
  const told = [];
  const view = createView({}, 10);
  view.listen((_, changed) => told.push(changed));
  view.set({ colour: "label" });
  view.set({ colour: "error", digits: "all" });
  assert.deepEqual(told, [{ colour: "error" }]);
});

test("the manifold is a grid of squares, at most 30 a side, over the whole window", () => {
  assert.deepEqual(gridSize({ width: 3000, height: 1500 }, 2), { columns: 30, rows: 15 });
  assert.deepEqual(gridSize({ width: 330, height: 420 }, 2), { columns: 11, rows: 14 });
  assert.equal(gridSize({ width: 900, height: 400 }, 1).rows, 1);
  const places = gridPlaces({ x: [0, 4], y: [0, 2] }, { columns: 2, rows: 2 });
  assert.deepEqual(places, [[1, 1.5], [3, 1.5], [1, 0.5], [3, 0.5]]);
});

test("zoom keeps the place under the crosshair", () => {
  assert.deepEqual(zoomed({ x: [0, 8], y: [0, 4] }, [2, 1], 0.5), { x: [1, 5], y: [0.5, 2.5] });
});

test("a window moved by pixels carries its places along", () => {
  const moved = shifted({ x: [0, 10], y: [0, 5] }, { width: 100, height: 50 }, [20, 10]);
  assert.deepEqual(moved, { x: [-2, 8], y: [1, 6] });
});

test("between two epochs the codes are on their straight way", () => {
  const from = [Float32Array.of(0, 4), Float32Array.of(1, 1)];
  const to = [Float32Array.of(8, 0), Float32Array.of(1, 3)];
  const [x, y] = between(from, to, 0.25);
  assert.deepEqual([[...x], [...y]], [[2, 3], [1, 1.5]]);
});
