// Drawing around digits: a lasso or a box, with the pointer or corner by corner with the keyboard.

import { boxPolygon } from "../data/geometry.js";
import { within } from "./pointer.js";

const LEAST_STEP = 3; // pixels between two corners of a lasso

/** closed(polygon in plane units) is called once a shape is finished; redraw() while it grows. */
export function createLasso(lab, { closed, redraw }) {
  const { chart, view } = lab;
  let corners = [];
  let dragging = null; // where the drag began, in pixels

  const drawing = () => ["lasso", "box"].includes(view.state.tool);
  const isBox = () => view.state.tool === "box" && corners.length > 1;
  const polygon = () => (isBox() ? boxPolygon(corners[0], corners.at(-1)) : corners);

  function begin(event) {
    const place = chart.toPlace(within(chart.plot, event));
    if (!drawing() || event.button !== 0 || !place) return;
    dragging = within(chart.plot, event);
    corners = [place];
  }

  function extend(event) {
    if (!dragging) return;
    const at = within(chart.plot, event);
    const last = chart.toPoint(corners.at(-1));
    if (Math.hypot(at.x - last.x, at.y - last.y) < LEAST_STEP) return;
    corners.push(chart.toPlace(at) ?? chart.toPlace(inside(chart.area(), at)));
    redraw();
  }

  function end() {
    if (!dragging) return;
    dragging = null;
    finish();
  }

  function finish() {
    const shape = polygon();
    corners = [];
    redraw();
    if (shape.length > 2) closed(shape);
  }

  const listening = new AbortController();
  const listen = (target, type, call) => target.addEventListener(type, call, { signal: listening.signal });
  listen(chart.plot, "pointerdown", begin);
  listen(window, "pointermove", extend);
  listen(window, "pointerup", end);
  listen(window, "pointercancel", () => (dragging = null));

  return {
    drawing,
    busy: () => dragging !== null,
    /** Keyboard: the next corner; a box closes with its second, a lasso where a corner is set twice. */
    corner(place) {
      const again = corners.length && samePlace(corners.at(-1), place);
      if (!again) corners.push(place);
      if (again || (view.state.tool === "box" && corners.length === 2)) finish();
      else redraw();
    },
    cancel() {
      corners = [];
      dragging = null;
      redraw();
    },
    shapes: () => (corners.length ? [{ name: "lasso", kind: "area", places: polygon() }] : []),
    destroy: () => listening.abort(),
  };
}

function samePlace(a, b) {
  return a[0] === b[0] && a[1] === b[1];
}

function inside({ left, top, width, height }, { x, y }) {
  return { x: Math.max(left, Math.min(x, left + width)), y: Math.max(top, Math.min(y, top + height)) };
}
