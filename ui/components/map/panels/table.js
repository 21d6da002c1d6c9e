// The map as a table, for those who cannot see it or prefer numbers.

import { element } from "../../shared/element.js";
import { axesAreCodes } from "./axes.js";
import { labelTable } from "../data/selection_summary.js";

/** draw() fills the table from the digits now shown, where they are now; toggle() opens or closes it and says which. */
export function createTable({ mapData, view, figure, voice, live }) {
  const node = element("div", { class: "lab-table", "data-testid": "map-table", hidden: true });

  function draw() {
    if (node.hidden) return;
    const { axes, epoch } = view.state;
    const { rows, ...scene } = figure.scene();
    const { classes } = mapData;
    const labels = rows.map((row) => mapData.labels[row]);
    const errors = live() ? Float32Array.from(rows, (row) => mapData.errors[row]) : null; // of another epoch: not known
    const lines = labelTable(rows.keys(), labels, classes.length, axesOf(scene, mapData.k), errors)
      .map((row) => lineOf(row, mapData.labelled ? classes : null, voice));
    const mean = axesAreCodes(mapData, axes) ? "table_mean" : "table_mean_place";
    const heads = ["table_label", "table_digits", mean, "table_spread", "table_error", ...(mapData.labelled ? ["table_nearest"] : [])];
    const said = { count: voice.integer(rows.length), epoch: voice.epoch(epoch ?? 0) };
    node.replaceChildren(element("table", {},
      element("caption", {}, voice.say(live() ? "table_caption" : "table_caption_epoch", said)),
      element("thead", {}, element("tr", {}, ...heads.map((key) => element("th", { scope: "col" }, voice.say(key))))),
      element("tbody", {}, ...lines)));
  }

  return {
    element: node,
    draw,
    toggle() {
      node.hidden = !node.hidden;
      draw();
      return !node.hidden;
    },
  };
}

/** A strip of histograms has one axis that means something. */
function axesOf({ x, y, z }, k) {
  return [x, y, z].slice(0, k);
}

/** classes: null where digits have no labels, and all are one line. */
function lineOf({ label, count, mean, spread, error, nearest }, classes, voice) {
  const place = mean.map(voice.code).join(" · ");
  const mse = error === null ? "–" : voice.mse(error);
  const texts = [voice.integer(count), place, voice.code(spread), mse, ...(classes ? [classes[nearest] ?? "–"] : [])];
  const cells = texts.map((text) => element("td", {}, text));
  return element("tr", {}, element("th", { scope: "row" }, classes ? classes[label] : voice.say("table_all")), ...cells);
}
