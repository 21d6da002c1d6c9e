// The map as a picture: which digits it shows, in which colours, and what its legend says.
import assert from "node:assert/strict";
import { test } from "node:test";

import { MOST, mapFigure } from "../../ui/components/map/draw/map_picture.js";
import { litValue, MUTED_VALUE } from "../../ui/components/map/draw/colourings.js";
import { smoothScale, stepScale, stepValues } from "../../ui/components/map/draw/colour_scales.js";

const theme = { background: [255, 255, 255], text: [0, 0, 0], surface: [240, 240, 240], border: [200, 200, 200], font: "sans" };
const voice = { separators: ".,", mse: (value) => `mse ${value}` };
const look = { ranges: { x: [0, 10], y: [0, 10] }, titles: ["code 1", "code 2"], equal: true };
const names = ["a", "b"];
const values = stepValues([0, 1, 1, 0], 2).map(litValue);
const scene = { rows: [0, 1, 2, 3], x: [1, 2, 3, 99], y: [1, 2, 3, 1], values, lit: 0 };

test("the legend names each label, and what lies outside the window is left out", () => {
  const { traces, layout, shown } = mapFigure(scene, { scale: stepScale(["#111111", "#222222"]), names }, look, "#ccc", theme, voice);
  const [digits, ...legend] = traces;
  assert.deepEqual([digits.x, digits.marker.color], [[1, 2, 3], ["#111111", "#222222", "#222222"]], "in the order of the page");
  assert.deepEqual(legend.map(({ name, marker }) => [name, marker.color]), [["a", "#111111"], ["b", "#222222"]]);
  assert.equal(shown, 3);
  assert.equal(layout.xaxis.title.text, "code 1");
  assert.deepEqual(layout.yaxis.range, [0, 10]);
  assert.equal(layout.yaxis.scaleanchor, "x");
});

test("digits that step back are grey and not in the legend", () => {
  const back = { ...scene, lit: 1, values: values.map((value, i) => (i ? value : MUTED_VALUE)) };
  const { traces } = mapFigure(back, { scale: stepScale(["#111111", "#222222"]), names }, look, "#ccc", theme, voice);
  assert.deepEqual([traces[0].showlegend, traces[0].marker.color, traces[0].x], [false, "#ccc", [1]]);
  assert.deepEqual(traces.slice(2).map(({ name }) => name), ["b"]);
});

test("numbers have a scale beside them, with what its ends stand for", () => {
  const colours = { scale: smoothScale(["#000000", "#ffffff"]), range: [0.1, 0.5], said: voice.mse };
  const { traces } = mapFigure(scene, colours, look, "#ccc", theme, voice);
  assert.deepEqual(traces[0].marker.colorbar.ticktext, ["mse 0.1", "mse 0.5"]);
  assert.ok(Math.abs(traces[0].marker.color[0] - 0.25) < 1e-6);
});

test("of many digits those on top are shown", () => {
  const n = MOST + 5;
  const many = { rows: [], x: Array.from({ length: n }, (_, i) => (10 * i) / n), y: new Array(n).fill(1), values: new Float32Array(n), lit: 0 };
  const { shown, traces } = mapFigure(many, { scale: stepScale(["#111111", "#222222"]), names }, look, "#ccc", theme, voice);
  assert.equal(shown, MOST);
  assert.ok(traces[0].x[0] > 0);
});
