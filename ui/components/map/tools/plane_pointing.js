// From a pointer or the keyboard's crosshair to what lies there.

import { followKeys } from "./keyboard.js";
import { followPointer } from "./pointer.js";
import { nearestMany } from "../../shared/nearest.js";
import { zoomed } from "../data/geometry.js";
import { digitTarget } from "../data/target.js";

const REMEMBERED = 500; // digits that N and P walk through around one place

/** actions: {choose(target, place), escape, reset, busy, twice(point)}. */
export function createPlanePointing(lab, hover, actions) {
  const { chart, figure } = lab;
  let cursor = null; // place of the keyboard's crosshair
  let tour = null; // {ids, at}: digits by distance, for N and P

  const here = () => cursor ?? centre(chart);

  function point(at) {
    if (cursor) forgetCursor();
    const place = chart.toPlace(at);
    if (place) hover.show(figure.targetAt(place), at);
    else hover.hide();
  }

  function forgetCursor() {
    cursor = tour = null;
    lab.overlay.draw();
  }

  function click(at) {
    const place = chart.toPlace(at);
    if (!place) return;
    const target = figure.targetAt(place);
    hover.show(target, at);
    actions.choose(target, place);
  }

  function look(target, place) {
    cursor = place;
    const content = hover.show(target, chart.toPoint(place));
    if (content) hover.say(content);
    lab.overlay.draw();
  }

  function move(dx, dy) {
    tour = null;
    const { left, top, width, height } = chart.area();
    const from = chart.toPoint(here());
    const to = { x: clamp(from.x + dx, left, left + width), y: clamp(from.y + dy, top, top + height) };
    const place = chart.toPlace(to);
    look(figure.targetAt(place), place);
  }

  function next(direction) {
    const scene = figure.scene();
    tour ??= tourFrom(scene, here(), chart.scale());
    if (!tour.ids.length) return;
    tour.at = clamp(tour.at + direction, 0, tour.ids.length - 1);
    const target = digitTarget(scene, tour.ids[tour.at]);
    look(target, target.place);
  }

  function escape() {
    cursor = tour = null;
    hover.hide();
    actions.escape();
    lab.overlay.draw();
  }

  const stopKeys = followKeys(chart.plot, {
    move,
    next,
    escape,
    reset: actions.reset,
    enter: () => actions.choose(hover.target() ?? figure.targetAt(here()), here()),
    zoom: (factor) => chart.zoomTo(zoomed(chart.ranges(), here(), factor)),
  });
  const stopPointer = followPointer(
    chart.plot,
    { point, click, twice: actions.twice, busy: actions.busy, leave: () => cursor || hover.hide() },
  );

  return {
    forget: () => (tour = null),
    shapes: () => (cursor ? [{ name: "cursor", kind: "cross", places: [cursor] }] : []),
    destroy() {
      stopKeys();
      stopPointer();
    },
  };
}

/** Ids in the scene, those that stepped back left out, nearest first. */
function tourFrom(scene, place, scale) {
  const accept = (id) => id >= scene.lit;
  return { ids: nearestMany([scene.x, scene.y], place, REMEMBERED, { scale, accept }), at: -1 };
}

function centre(chart) {
  const { x, y } = chart.ranges();
  return [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(value, high));
}
