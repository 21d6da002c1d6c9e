import assert from "node:assert/strict";
import { test } from "node:test";

import { logTicks, lossFigure, lossRange } from "../../ui/components/monitor/loss_figure.js";
import { EMPTY } from "../../ui/components/monitor/protocol.js";
import { voiceOf } from "../../ui/components/shared/voice.js";

const theme = {
  background: [255, 255, 255], text: [0, 0, 0], surface: [240, 240, 240], primary: [50, 100, 200],
  border: [200, 200, 200], font: "sans-serif", dark: false,
};
const references = { pca: 0.0557, average: 0.0669, course: null };
const voice = voiceOf({ line_pca: "PCA", line_average: "average", unit_grey: "grey²" }, "en");
const trained = {
  ...EMPTY,
  run: { epochs: 12 },
  points: [[0.05, 0.23], [0.5, 0.06], [1.5, 0.05], [2, 0.0405]],
  epochs: [{ epoch: 1, val_mse: 0.052 }, { epoch: 2, val_mse: 0.0401 }],
};
const figure = (state, view, more = {}) => lossFigure(state, { ...references, ...more }, view, theme, voice);
const LINEAR = { scale: "linear", unit: "mse" };

test("before the first step both reference lines are in view, with room to beat PCA", () => {
  const { layout } = figure(EMPTY, LINEAR);
  const [low, high] = layout.yaxis.range;
  assert.ok(low < 0.8 * 0.0557 && high > 0.0669, `${low} .. ${high}`);
  assert.deepEqual(layout.shapes.map((line) => line.y0), [0.0669, 0.0557]);
});

test("a steep start leaves the view, the latest loss and the lowest do not", () => {
  const [low, high] = lossRange(trained, references, "linear");
  assert.ok(high < 0.1, `top ${high}`);
  assert.ok(low > 0 && low < 0.0401, `floor ${low}`);
  const diverging = { ...trained, points: [...trained.points, [2.5, 5]] };
  assert.ok(lossRange(diverging, references, "linear")[1] > 5);
});

test("a value that is not a number does not move the view", () => {
  const broken = { ...trained, points: [...trained.points, [2.1, null]] };
  assert.deepEqual(lossRange(broken, references, "linear"), lossRange(trained, references, "linear"));
});

test("the floor is a round number that stays while the loss falls a little", () => {
  const later = { ...trained, points: [...trained.points, [2.05, 0.0404]] };
  assert.equal(lossRange(later, references, "linear")[0], lossRange(trained, references, "linear")[0]);
  assert.equal(lossRange(trained, references, "log")[0], 0.03);
});

test("the average digit's line is in view where training began there, not where it began lower", () => {
  const heights = (state) => figure(state, LINEAR).layout.shapes.map((line) => line.y0);
  assert.deepEqual(heights(trained), [0.0669, 0.0557]);
  assert.deepEqual(heights({ ...trained, points: [[0.05, 0.041], [1, 0.04]], epochs: [] }), [0.0557]);
  assert.equal(figure(trained, LINEAR).layout.annotations[1].text, "PCA  0.0557");
});

test("curves hold the losses as they are, and in grey levels squared where asked", () => {
  const course = [0.0489, 0.0485];
  const [drawn, training, heldOut] = figure(trained, LINEAR, { course }).traces;
  assert.deepEqual([drawn.x, drawn.y], [[1, 2], course]);
  assert.deepEqual([training.x, training.y], [[0.05, 0.5, 1.5, 2], [0.23, 0.06, 0.05, 0.0405]]);
  assert.deepEqual([heldOut.x, heldOut.y], [[1, 2], [0.052, 0.0401]]);
  const grey = figure(trained, { scale: "linear", unit: "grey" }).traces[1];
  assert.equal(grey.y[1], 0.06 * 65025);
  assert.equal(grey.customdata[1], training.customdata[1]);
  assert.equal(training.customdata[1], "0.0600 · 3,902 grey²"); // 0.06 × 65,025 = 3,901.5
});

test("where nothing was held out no held-out value is drawn", () => {
  const [, , heldOut] = figure({ ...trained, epochs: [{ epoch: 1, val_mse: null }] }, LINEAR).traces;
  assert.deepEqual([heldOut.y, heldOut.customdata], [[null], [""]]);
});

test("on a logarithmic axis range and names count in powers of ten, lines do not", () => {
  const { yaxis, annotations, shapes } = figure(trained, { scale: "log", unit: "grey" }).layout;
  assert.equal(yaxis.range[0], Math.log10(0.03 * 65025));
  assert.equal(annotations[1].y, Math.log10(0.0557 * 65025));
  assert.equal(shapes[1].y0, 0.0557 * 65025);
});

test("logarithmic ticks are round, in view, and neither bare nor crowded", () => {
  assert.deepEqual(logTicks(0.03, 0.1), [0.03, 0.05, 0.07, 0.1]);
  assert.deepEqual(logTicks(0.036, 0.056), [0.04, 0.05]);
  assert.deepEqual(logTicks(0.01, 0.1), [0.01, 0.02, 0.05, 0.1]);
  assert.deepEqual(logTicks(1, 10000), [1, 10, 100, 1000, 10000]);
});
