import assert from "node:assert/strict";
import { test } from "node:test";
import { colouring, colouringsOf, MUTED_VALUE, withMuted } from "../../ui/components/map/draw/colourings.js";
import { colourAt } from "../../ui/components/map/draw/colour_scales.js";
import { allRanges, homeRanges, makeScene, positionsOf } from "../../ui/components/map/draw/scene.js";
import { digitTarget, targetOfRow, targetSeenAt } from "../../ui/components/map/data/target.js";
import { DIGIT_COLOURS } from "../../ui/components/shared/colours.js";

const N = 400;
const labels = Uint8Array.from({ length: N }, (_, i) => (i * 7) % 10);
const columns = [0, 1].map((k) => Float32Array.from({ length: N }, (_, i) => Math.sin(i + k) * 10));
const errors = Float32Array.from({ length: N }, (_, i) => i / N);
const mapData = { n: N, k: 2, trainingRows: 300, labels, classes: [..."0123456789"], columns, errors };
const positions = positionsOf(mapData, columns, 0);
const { values, scale } = colouring(mapData, "label", false);
const sceneOf = (state, chosen) =>
  makeScene(mapData, positions, values, { digits: "all", label: null, ...state }, chosen);

test("all digits are drawn once, at their codes, in their colours", () => {
  const scene = sceneOf({});
  assert.deepEqual([...scene.rows].sort((a, b) => a - b), Array.from({ length: N }, (_, i) => i));
  scene.rows.forEach((row, i) => {
    assert.equal(scene.x[i], columns[0][row]);
    assert.equal(scene.y[i], columns[1][row]);
    assert.equal(colourAt(withMuted(scale, "#eeeeee"), scene.values[i]), DIGIT_COLOURS[labels[row]]);
  });
});

test("without labels nothing is coloured by them: neither by their neighbours' labels nor by how mixed they are", () => {
  const load = { neighbours: { offered: true } };
  assert.deepEqual(colouringsOf({ labelled: true, load }), ["label", "part", "error", "mixed", "predicted"]);
  assert.deepEqual(colouringsOf({ labelled: false, load }), ["label", "part", "error"]);
});

test("no label lies under the others: each is spread over the whole order of drawing", () => {
  const { rows } = sceneOf({});
  for (let label = 0; label < 10; label++) {
    const places = [...rows.keys()].filter((i) => labels[rows[i]] === label);
    const mean = places.reduce((sum, i) => sum + i, 0) / places.length;
    assert.ok(Math.abs(mean - N / 2) < N / 6, `label ${label} at ${mean}`);
  }
});

test("training and held-out digits can be shown alone; a replay shows what it has", () => {
  assert.ok(sceneOf({ digits: "training" }).rows.every((row) => row < 300));
  assert.equal(sceneOf({ digits: "training" }).rows.length, 300);
  assert.ok(sceneOf({ digits: "held_out" }).rows.every((row) => row >= 300));
  const late = positionsOf(mapData, columns.map((column) => column.subarray(0, 50)), 300);
  const replayed = makeScene(mapData, late, values, { digits: "training", label: null, epoch: 2 });
  assert.deepEqual([...replayed.rows].sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => 300 + i));
});

test("an isolated label lies on top, the rest steps back", () => {
  const scene = sceneOf({ label: 4 });
  scene.rows.forEach((row, i) => {
    assert.equal(labels[row] === 4, i >= scene.lit);
    assert.equal(scene.values[i] === MUTED_VALUE, i < scene.lit);
  });
});

test("outside a selection everything steps back", () => {
  const chosen = new Uint8Array(N).fill(1, 10, 20);
  const scene = sceneOf({}, chosen);
  assert.equal(scene.rows.length - scene.lit, 10);
  assert.ok(scene.rows.slice(scene.lit).every((row) => row >= 10 && row < 20));
});

test("the error's colours keep the order of the errors; a scale's ends are its 1st and 99th percentile", () => {
  const error = colouring(mapData, "error", false);
  for (let i = 1; i < N; i++) assert.ok(error.values[i] >= error.values[i - 1]);
  assert.ok(Math.abs(error.range[0] - 4 / N) < 1e-6 && Math.abs(error.range[1] - 395 / N) < 1e-6);
});

test("the window of all digits shows every one", () => {
  const { x, y } = allRanges(positions, columns);
  assert.ok(columns[0].every((value) => value > x[0] && value < x[1]));
  assert.ok(columns[1].every((value) => value > y[0] && value < y[1]));
  const strip = positionsOf(mapData, [columns[0]], 0);
  for (const ranges of [allRanges, homeRanges]) assert.ok(ranges(strip, [columns[0]]).y[1] > Math.max(...strip.y));
});

test("a row is found where it is drawn, and not where it is hidden", () => {
  const scene = sceneOf({ digits: "held_out" });
  assert.equal(targetOfRow(scene, 5), null);
  assert.deepEqual(targetOfRow(scene, 333), { kind: "digit", row: 333, place: [columns[0][333], columns[1][333]] });
  assert.equal(digitTarget(scene, 0).row, scene.rows[0]);
});

test("in space the foremost of the digits under the pointer is meant, or the nearest in reach", () => {
  const scene = { rows: [7, 8, 9], x: [0, 1, 2], y: [0, 1, 2], z: [0, 1, 2], lit: 0 };
  const seen = { x: [50, 52, 60], y: [50, 50, 50], depth: [3, 2, 1] };
  assert.equal(targetSeenAt(scene, seen, { x: 51, y: 50 }).row, 8);
  assert.equal(targetSeenAt(scene, seen, { x: 66, y: 50 }).row, 9);
  assert.equal(targetSeenAt({ ...scene, lit: 2 }, seen, { x: 51, y: 50 }).row, 8);
  assert.equal(targetSeenAt(scene, seen, { x: 100, y: 50 }), null);
});
