// Choosing: one digit with its neighbours, or many with lasso or box.

import { pointsInPolygon } from "./geometry.js";
import { createSheet } from "./sheet.js";
import { nearestMany } from "./spatial_index.js";
import { codeColumns } from "./world.js";

const NEIGHBOURS = 10;

export function createChoosing(lab) {
  const { world, view, figure, stage } = lab;
  const sheet = createSheet(lab, { choose: digit, close: clear });
  let many = null; // rows of the selection

  function digit(row) {
    view.set({ digit: row + world.start });
    sheet.digit(row, neighboursOf(world, row));
    lab.overlay.draw();
  }

  function inside(polygon) {
    const scene = figure.scene();
    const { label } = view.state;
    const { x, y } = scene.z ? stage.flattened(scene) : scene;
    const found = pointsInPolygon(x, y, polygon).map((i) => scene.rows[i]);
    many = found.filter((row) => label === null || world.labels[row] === label).sort((a, b) => a - b);
    view.set({ digit: null });
    figure.choose(many.length ? many : null);
    sheet.selection(many);
  }

  function clear() {
    sheet.hide();
    view.set({ digit: null });
    if (many?.length) figure.choose(null);
    many = null;
    lab.overlay.draw();
  }

  return {
    sheet: sheet.element,
    digit,
    inside,
    clear,
    /** The same again in the colours of another theme. */
    refresh() {
      if (sheet.element.hidden) return;
      if (view.state.digit !== null) digit(view.state.digit - world.start);
      else if (many) sheet.selection(many);
    },
    shapes() {
      const target = view.state.digit === null ? null : figure.targetOfRow(view.state.digit - world.start);
      return target ? [{ name: "chosen", kind: "ring", places: [target.place] }] : [];
    },
  };
}

/** In the latent space where its codes are at hand, else on the map. */
export function neighboursOf(world, row) {
  const accept = (other) => other !== row;
  const { columns } = codeColumns(world);
  return nearestMany(columns, columns.map((column) => column[row]), NEIGHBOURS, { accept });
}
