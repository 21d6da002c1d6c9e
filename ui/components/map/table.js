// The map as a table: what the eye gets from it, for those who cannot or would rather not look.

import { element } from "../shared/element.js";
import { labelTable } from "./selection.js";

const HEADS = ["table_label", "table_digits", "table_mean", "table_spread", "table_error", "table_nearest"];

/** draw() fills the table from the digits now shown; toggle() opens or closes it and says which. */
export function createTable({ world, figure, voice }) {
  const node = element("div", { class: "lab-table", "data-testid": "map-table", hidden: true });

  function draw() {
    if (node.hidden) return;
    const rows = [...figure.scene().rows];
    const caption = voice.say("table_caption", { count: voice.integer(rows.length) });
    const lines = labelTable(rows, world.labels, world.columns, world.errors).map((row) => lineOf(row, voice));
    node.replaceChildren(element("table", {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...HEADS.map((key) => element("th", { scope: "col" }, voice.say(key))))),
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

function lineOf({ label, count, mean, spread, error, nearest }, voice) {
  const place = mean.map(voice.code).join(" · ");
  const texts = [voice.integer(count), place, voice.code(spread), voice.mse(error), String(nearest ?? "–")];
  const cells = texts.map((text) => element("td", {}, text));
  return element("tr", {}, element("th", { scope: "row" }, String(label)), ...cells);
}
