// A chart as a picture: it says by itself what it shows.
import assert from "node:assert/strict";
import { test } from "node:test";

import { pictureOf } from "../../ui/components/shared/picture/picture.js";

const theme = { background: [255, 255, 255], text: [0, 0, 0] };
const layout = { xaxis: { title: { text: "epoch" } }, yaxis: { type: "log" }, showlegend: false, margin: { l: 48 } };

test("a picture has a title, a legend, titles at both axes and paper behind it", () => {
  const traces = [{ name: "training", x: [1], y: [2] }, { name: "held out", x: [1], y: [2] }];
  const made = pictureOf({ traces, layout, theme, title: "Loss", axes: { x: "step", y: "MSE" } });
  assert.deepEqual(made.data, traces);
  assert.equal(made.layout.title.text, "Loss");
  assert.equal(made.layout.showlegend, true);
  assert.equal(made.layout.xaxis.title.text, "epoch", "what the chart says itself stays");
  assert.equal(made.layout.yaxis.title.text, "MSE");
  assert.equal(made.layout.yaxis.type, "log");
  assert.match(made.layout.paper_bgcolor, /255/);
  assert.equal(layout.showlegend, false, "the chart on the page is left alone");
});

test("a chart without named lines has no legend, and a long title several lines", () => {
  const made = pictureOf({ traces: [{ x: [], y: [] }], layout, theme, title: "word ".repeat(60).trim() });
  assert.equal(made.layout.showlegend, false);
  assert.ok(made.layout.title.text.split("<br>").every((line) => line.length <= 95));
  assert.ok(!pictureOf({ traces: [], layout, theme, title: "<b>x" }).layout.title.text.includes("<"));
});
