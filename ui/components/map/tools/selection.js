// The selection: one digit with its neighbours, or many with lasso or box; opens the panel that shows it.

import { pointsInPolygon } from "../data/geometry.js";
import { newDigits } from "../panels/prior.js";
import { createSidePanel } from "../panels/side_panel.js";
import { nearestMany } from "../../shared/nearest.js";
import { rowsOf } from "../data/named_selections.js";
import { windowHolding, windowShowing } from "./keep_visible.js";
import { codeColumns } from "../data/map_data.js";

const NEIGHBOURS = 10;

/** drawing: see drawing.js. */
export function createSelection(lab, drawing) {
  const { mapData, view, figure, chart } = lab;
  const { named } = lab;
  const sheet = createSidePanel(lab, { choose: digit, close: clear, open });
  let many = null; // rows of the selection
  let prior = null; // the new digits that the panel shows
  let drawn = false; // whether the panel shows a place to draw on
  let live = lab.live(); // whether the map showed the final weights when the panel was drawn

  view.listen((state, changed) => "epoch" in changed && lab.live() !== live && refresh());

  function digit(row) {
    prior = null;
    drawn = false;
    view.set({ digit: row + mapData.start, draw: null, selection: null });
    tell(row);
    uncover(mapData.k < 3 ? figure.targetOfRow(row)?.place : null);
  }

  function tell(row) {
    live = lab.live();
    sheet.digit(row, neighboursOf(mapData, row));
    lab.overlay.draw();
  }

  /** Scrolls a place of the plane clear of the panel once, when it is chosen; not on later moves of the map. */
  function uncover(place) {
    const ranges = place && windowShowing(chart.ranges(), chart.toPoint(place), chart.area(), sheet.box());
    if (ranges) chart.zoomTo(ranges);
  }

  /** Where a drawing has come to lie: in the window, and not under the panel. */
  async function keepInSight(place) {
    if (mapData.k > 2 || !drawn || !lab.live()) return;
    const wider = windowHolding(chart.ranges(), place);
    if (wider) await chart.zoomTo(wider);
    if (drawn) uncover(place);
  }

  /** A place to draw a digit on. */
  function draw() {
    clear();
    drawn = true;
    live = lab.live();
    view.set({ draw: 1 });
    sheet.drawing(drawing.open());
    drawing.opened();
  }

  /** New digits, drawn from the prior of a variational network. */
  function sample() {
    clear();
    prior = newDigits(mapData);
    live = lab.live();
    sheet.prior(prior);
    sheet.focus(); // the keyboard goes on there, and Escape closes it
  }

  function inside(polygon) {
    const scene = figure.scene();
    const { label } = view.state;
    const { x, y } = scene.z ? chart.seen(scene) : scene;
    const found = pointsInPolygon(x, y, polygon).map((i) => scene.rows[i]);
    select(found.filter((row) => label === null || mapData.labels[row] === label).sort((a, b) => a - b), null);
  }

  /** chosen: what it is called, or null where it has no name yet. */
  function select(rows, chosen) {
    prior = null;
    drawn = false;
    many = rows;
    view.set({ digit: null, draw: null, selection: chosen?.id ?? null });
    live = lab.live();
    lab.mark(many.length ? many : null);
    sheet.selection(many, chosen);
  }

  /** Shows a named selection; null, or one that is gone: none. */
  function open(id) {
    const chosen = named.of(id);
    if (!chosen) return clear();
    drawing.leave();
    select(rowsOf(chosen, mapData), chosen);
  }

  function clear() {
    sheet.hide();
    view.set({ digit: null, draw: null, selection: null });
    if (many?.length) lab.mark(null);
    many = null;
    prior = null;
    drawn = false;
    drawing.leave();
    lab.overlay.draw();
  }

  /** Draws the panel again, for another theme or epoch. */
  function refresh() {
    if (sheet.element.hidden) return;
    if (drawn) return lab.live() === live || reopen();
    if (prior) sheet.prior(prior);
    else if (view.state.digit !== null) tell(view.state.digit - mapData.start);
    else if (many) sheet.selection(many, named.of(view.state.selection));
  }

  function reopen() {
    live = lab.live();
    sheet.drawing(drawing.open());
  }

  return {
    elements: [sheet.element, sheet.spoken],
    draw,
    keepInSight,
    digit,
    inside,
    open,
    sample,
    clear,
    refresh,
    shapes() {
      const target = view.state.digit === null ? null : figure.targetOfRow(view.state.digit - mapData.start);
      return target ? [{ name: "chosen", kind: "ring", places: [target.place] }] : [];
    },
  };
}

/** Rows of the nearest digits: in the latent space if the codes are loaded, otherwise on the map. */
export function neighboursOf(mapData, row) {
  const accept = (other) => other !== row;
  const { columns } = codeColumns(mapData);
  return nearestMany(columns, columns.map((column) => column[row]), NEIGHBOURS, { accept });
}
