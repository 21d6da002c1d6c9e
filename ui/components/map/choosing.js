// Choosing: one digit with its neighbours, or many with lasso or box.

import { pointsInPolygon } from "./geometry.js";
import { createSheet } from "./sheet.js";
import { nearestMany } from "./spatial_index.js";
import { uncovered } from "./uncover.js";
import { codeColumns } from "./world.js";

const NEIGHBOURS = 10;

export function createChoosing(lab) {
  const { world, view, figure, stage } = lab;
  const sheet = createSheet(lab, { choose: digit, close: clear });
  let many = null; // rows of the selection
  let live = lab.live(); // whether the panel tells of what the map shows

  view.listen((state, changed) => "epoch" in changed && lab.live() !== live && refresh());

  function digit(row) {
    view.set({ digit: row + world.start });
    tell(row);
    uncover(row);
  }

  function tell(row) {
    live = lab.live();
    sheet.digit(row, neighboursOf(world, row));
    lab.overlay.draw();
  }

  /** Once, as it is chosen; whoever then moves the map knows what lies where. */
  function uncover(row) {
    const target = world.k < 3 ? figure.targetOfRow(row) : null;
    const ranges = target && uncovered(stage.ranges(), stage.toPoint(target.place), stage.area(), sheet.box());
    if (ranges) stage.zoomTo(ranges);
  }

  function inside(polygon) {
    const scene = figure.scene();
    const { label } = view.state;
    const { x, y } = scene.z ? stage.flattened(scene) : scene;
    const found = pointsInPolygon(x, y, polygon).map((i) => scene.rows[i]);
    many = found.filter((row) => label === null || world.labels[row] === label).sort((a, b) => a - b);
    view.set({ digit: null });
    live = lab.live();
    lab.mark(many.length ? many : null);
    sheet.selection(many);
  }

  function clear() {
    sheet.hide();
    view.set({ digit: null });
    if (many?.length) lab.mark(null);
    many = null;
    lab.overlay.draw();
  }

  /** The same again, in the colours of another theme or beside another moment. */
  function refresh() {
    if (sheet.element.hidden) return;
    if (view.state.digit !== null) tell(view.state.digit - world.start);
    else if (many) sheet.selection(many);
  }

  return {
    elements: [sheet.element, sheet.spoken],
    digit,
    inside,
    clear,
    refresh,
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
