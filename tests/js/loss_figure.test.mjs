import assert from "node:assert/strict";
import { test } from "node:test";

import { lossFigure, lossRange, partColours, partsRange } from "../../ui/components/monitor/loss_figure.js";
import { logTicks } from "../../ui/components/shared/chart_frame.js";
import { EMPTY } from "../../ui/components/shared/run_state.js";
import { voiceOf } from "../../ui/components/shared/voice.js";

const theme = {
  background: [255, 255, 255], text: [0, 0, 0], surface: [240, 240, 240], primary: [50, 100, 200],
  border: [200, 200, 200], font: "sans-serif", dark: false,
};
const references = { pca: 0.0557, average: 0.0669, course: null };
const voice = voiceOf({
  line_pca: "PCA", line_average: "average", unit_grey: "grey²", mark_rate_changed: "rate {rate}",
  mark_paused: "pause", mark_went_back: "back to {epoch}", mark_recovered: "worker lost", mark_resumed: "resumed",
}, "en");
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

test("of a long training the epochs so far have the width, and the axis grows in round steps up to the whole", () => {
  const end = (epochs, now) => {
    const points = [[0.05, 0.2], [now, 0.05]];
    return Math.round(figure({ ...trained, run: { epochs }, points }, LINEAR).layout.xaxis.range[1] / 1.012);
  };
  assert.deepEqual([3, 10, 11, 30, 120, 500].map((now) => end(500, now)), [20, 20, 50, 100, 500, 500]);
  assert.deepEqual([5, 12, 30].map((epochs) => end(epochs, 1)), [5, 12, 30]); // a short one is shown whole
});

test("logarithmic ticks are round, in view, and neither bare nor crowded", () => {
  assert.deepEqual(logTicks(0.03, 0.1), [0.03, 0.05, 0.07, 0.1]);
  assert.deepEqual(logTicks(0.036, 0.056), [0.04, 0.05]);
  assert.deepEqual(logTicks(0.01, 0.1), [0.01, 0.02, 0.05, 0.1]);
  assert.deepEqual(logTicks(1, 10000), [1, 10, 100, 1000, 10000]);
});

const marked = (...marks) => figure({ ...trained, marks: marks.map((mark) => ({ text: "What happened.", ...mark })) }, LINEAR).layout;
const uprights = ({ shapes }) => shapes.filter(({ x0, x1, xref }) => x0 === x1 && xref !== "paper");
const signs = ({ annotations }) => annotations.filter(({ hovertext }) => hovertext);

test("each change of rate, pause, way back and recovery has a mark where it happened, with its sentence", () => {
  const layout = marked({ kind: "rate_changed", epoch: 3, rate: 1 }, { kind: "paused", epoch: 8.5 });
  assert.deepEqual(uprights(layout).map(({ x0 }) => x0), [3, 8.5]);
  assert.deepEqual(signs(layout).map(({ text }) => text), ["rate 1", "pause"]);
  assert.deepEqual(signs(layout).map(({ hovertext }) => hovertext), ["What happened.", "What happened."]);
  assert.deepEqual(uprights(figure(trained, LINEAR).layout), []);
});

test("marks at one place are one mark that tells of all", () => {
  const layout = marked({ kind: "paused", epoch: 3 }, { kind: "went_back", epoch: 3, text: "Back." });
  assert.equal(uprights(layout).length, 1);
  assert.deepEqual(signs(layout).map(({ text, hovertext }) => [text, hovertext]), [["back to 3", "Back.<br>What happened."]]);
});

test("where names would lie on each other the most telling one stays, and each keeps its sign", () => {
  const crowd = [1, 1.1, 1.2, 1.3].map((epoch) => ({ kind: "paused", epoch }));
  const named = signs(marked(...crowd, { kind: "rate_changed", epoch: 1.25, rate: 0.01 })).map(({ text }) => text);
  assert.deepEqual(named, ["▾", "▾", "▾", "rate 0.01", "▾"]);
});

test("names of marks at the edges stay within the chart, and long sentences are broken", () => {
  const [first, last] = signs(marked({ kind: "paused", epoch: 0.1 }, { kind: "paused", epoch: 12, text: "word ".repeat(30) }));
  assert.deepEqual([first.xanchor, last.xanchor], ["left", "right"]);
  assert.ok(last.hovertext.split("<br>").every((line) => line.length <= 44));
});

test("a loss of several terms is drawn in parts: a line each, and dashed on held-out digits", () => {
  const names = { loss: "the whole loss", bce: "cross-entropy", kl: "0.5 × KL" };
  const state = {
    ...trained,
    parts: { loss: [9, 5, 4, 3], bce: [8, 4, 3, 2], kl: [1, 1, 1, 1] },
    epochs: [{ epoch: 1, val_mse: 0.05, parts: { loss: 5.5, bce: 4.4, kl: 1.1 } }, { epoch: 2, val_mse: 0.04 }],
  };
  const { traces, layout } = figure(state, { scale: "linear", unit: "parts" }, { parts: names });
  assert.deepEqual(traces.map(({ name }) => name), Object.values(names).flatMap((name) => [name, "part_held_out"]));
  assert.deepEqual(traces[2].y, [8, 4, 3, 2]);
  assert.deepEqual([traces[3].x, traces[3].y, traces[3].line.dash], [[1], [4.4], "5px,4px"]);
  assert.equal(new Set(partColours(theme).slice(0, 3)).size, 3);
  assert.deepEqual(layout.shapes, []); // PCA and the average digit are MSE
  assert.ok(layout.yaxis.range[0] <= 0 && layout.yaxis.range[1] >= 9);
});

test("in parts, a steep start leaves the view and a term of 0 does not break the logarithm", () => {
  const falling = Array.from({ length: 40 }, (_, index) => (index < 2 ? 500 : 100 - index));
  assert.ok(partsRange([falling], "linear")[1] < 200);
  const [low, high] = partsRange([falling, [0, 0.5, null]], "log");
  assert.ok(low > 0.4 && low < 0.5 && high > 98, `${low} .. ${high}`);
  assert.deepEqual(partsRange([[], []], "linear"), [0, 1.08]);
});
