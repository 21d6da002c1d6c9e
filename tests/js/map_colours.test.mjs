import assert from "node:assert/strict";
import { test } from "node:test";
import {
  colourAt, rankedRange, smoothScale, spreadValues, stepScale, stepValues,
} from "../../ui/components/map/draw/colour_scales.js";
import { shuffledOrder } from "../../ui/components/shared/shuffle.js";
import { fixture } from "./map_fixture.mjs";

test("each label's value falls on its own colour of the scale", () => {
  const colours = ["#000001", "#000002", "#000003"];
  const scale = stepScale(colours);
  stepValues([0, 1, 2], 3).forEach((value, label) => {
    const step = scale.findLastIndex(([place]) => place <= value);
    assert.equal(scale[step][1], colours[label]);
    assert.equal(scale[step + 1][1], colours[label]);
  });
});

test("outliers do not stretch a scale", () => {
  const { errors, percentiles } = fixture("map_selection");
  const range = rankedRange(errors);
  range.forEach((value, i) => assert.ok(Math.abs(value - percentiles[i]) < 1e-7));
  assert.deepEqual([...spreadValues([-1, 0, 1, 5], [0, 2])], [0, 0, 0.5, 1]);
  assert.deepEqual([...spreadValues([3, 3], [3, 3])], [0, 0]);
});

test("colours mix evenly between their neighbours", () => {
  assert.deepEqual(smoothScale(["#000000", "#ff0000", "#ffffff"]), [[0, "#000000"], [0.5, "#ff0000"], [1, "#ffffff"]]);
  const scale = smoothScale(["#000000", "#ff0000", "#ffffff"]);
  assert.deepEqual([0, 0.25, 0.5, 0.75, 1].map((value) => colourAt(scale, value)),
    ["#000000", "#800000", "#ff0000", "#ff8080", "#ffffff"]);
  const steps = stepScale(["#000001", "#000002", "#000003"]);
  const shown = [...stepValues([0, 1, 2], 3)].map((value) => colourAt(steps, value));
  assert.deepEqual(shown, ["#000001", "#000002", "#000003"]);
});

test("the shuffle holds every digit once, mixes early with late, and is the same each time", () => {
  const order = shuffledOrder(7000);
  assert.deepEqual([...order].sort((a, b) => a - b), Array.from({ length: 7000 }, (_, i) => i));
  const firstHalf = order.subarray(0, 3500).filter((id) => id < 3500).length;
  assert.ok(firstHalf > 1600 && firstHalf < 1900);
  assert.deepEqual(order, shuffledOrder(7000));
  const firstTenth = order.subarray(0, 700).reduce((sum, id) => sum + id, 0) / 700;
  assert.ok(Math.abs(firstTenth - 3499.5) < 300, `mean of the first 700: ${firstTenth}`); // 4 standard errors
});
