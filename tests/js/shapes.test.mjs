import { test } from "node:test";
import assert from "node:assert/strict";
import { brushesOf, lookOf, pathOf, shapeOf, wearLook } from "../../ui/components/shared/shapes.js";
import { colourOf } from "../../ui/components/shared/colours.js";
import { roundBrush } from "../../ui/components/shared/dots.js";
import { makeScene } from "../../ui/components/map/draw/scene.js";

test("the first fifty labels differ in colour or in shape, and the first ten are round as ever", () => {
  const looks = Array.from({ length: 50 }, (_, label) => `${colourOf(label)} ${shapeOf(label)}`);
  assert.equal(new Set(looks).size, 50);
  assert.deepEqual(Array.from({ length: 10 }, (_, label) => shapeOf(label)), new Array(10).fill(0));
  assert.deepEqual(brushesOf(3)[0], roundBrush(3));
});

test("every shape has ink in its middle, none in the corner of a large brush, and about as much as a round dot", () => {
  const amounts = brushesOf(6).map(({ cover }) => cover.reduce((sum, share) => sum + share, 0));
  for (const [shape, { size, cover }] of brushesOf(6).entries()) {
    assert.equal(cover[(size * size - 1) / 2], 1);
    assert.equal(cover[0], 0);
    assert.ok(amounts[shape] > 0.5 * amounts[0] && amounts[shape] < 1.5 * amounts[0], `${shape}: ${amounts}`);
  }
  assert.equal(new Set(Array.from({ length: 5 }, (_, k) => pathOf(10 * k))).size, 5);
});

test("a mark beside a name has colour and shape of its label, whether it is made or changed", () => {
  const worn = {};
  wearLook({ style: { setProperty: (name, value) => { worn[name] = value; } } }, 21);
  assert.deepEqual(worn, { "--lab-digit-colour": colourOf(21), "--lab-shape": pathOf(21) });
  assert.equal(lookOf(21), Object.entries(worn).map((each) => each.join(":")).join(";"));
});

test("a map of ten labels draws round dots only, one of more gives each digit the shape of its label", () => {
  const labels = Uint8Array.from([0, 12, 25, 9]);
  const positions = { start: 0, x: Float32Array.from([0, 1, 2, 3]), y: new Float32Array(4) };
  const neighbours = { predicted: Uint8Array.from([33, 12, 25, 9]) };
  const shapes = (classes, colour = "label") => {
    const mapData = { n: 4, k: 2, trainingRows: 0, labels, neighbours, classes: Array.from({ length: classes }, String) };
    const scene = makeScene(mapData, positions, new Float32Array(4), { digits: "all", label: null, colour });
    return scene.shapes && Object.fromEntries(Array.from(scene.rows, (row, k) => [row, scene.shapes[k]]));
  };
  assert.equal(shapes(10), null);
  assert.deepEqual(shapes(26), { 0: 0, 1: 1, 2: 2, 3: 0 });
  assert.deepEqual(shapes(34, "predicted"), { 0: 3, 1: 1, 2: 2, 3: 0 }, "of the label that gives the colour");
});
