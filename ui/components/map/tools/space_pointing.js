// Three dimensions: the pointer finds the digit that is seen under it; N and P go from digit to digit by distance, Shift
// and arrows turn.

import { followKeys, STEP } from "./keyboard.js";
import { followPointer } from "./pointer.js";
import { nearestMany } from "../../shared/nearest.js";
import { digitTarget } from "../data/target.js";

const REMEMBERED = 500;
const TURN = 15; // degrees, with Shift and an arrow

/** actions: {choose(target, place), escape, reset, busy, drawing, twice(point)}. */
export function createSpacePointing(lab, hover, actions) {
  const { chart, figure } = lab;
  let tour = null; // {ids, at}

  function point(at) {
    const target = actions.drawing() ? null : figure.targetSeenAt(at);
    if (target) hover.show(target, at);
    else hover.hide();
  }

  function click(at) {
    const target = actions.drawing() ? null : figure.targetSeenAt(at);
    if (!target) return;
    hover.show(target, at);
    actions.choose(target);
  }

  function next(direction) {
    const scene = figure.scene();
    tour ??= { ids: nearestMany([scene.x, scene.y, scene.z], [0, 0, 0], REMEMBERED, { accept: (id) => id >= scene.lit }), at: -1 };
    tour.at = Math.max(0, Math.min(tour.at + direction, tour.ids.length - 1));
    if (!tour.ids.length) return;
    const target = digitTarget(scene, tour.ids[tour.at]);
    hover.say(hover.show(target, chart.toPoint(target.place)));
  }

  const stopKeys = followKeys(chart.plot, {
    next,
    move(dx, dy) {
      if (Math.abs(dx + dy) > STEP) chart.turn(Math.sign(dx) * TURN, Math.sign(-dy) * TURN);
      else next(dx + dy > 0 ? 1 : -1);
    },
    enter: () => hover.target() && actions.choose(hover.target()),
    escape() {
      tour = null;
      hover.hide();
      actions.escape();
    },
    zoom: (factor) => chart.zoomAt(null, factor),
    reset: actions.reset,
  });
  const stopPointer = followPointer(
    chart.plot,
    { point, click, twice: actions.twice, busy: actions.busy, leave: hover.hide },
  );

  return {
    forget: () => (tour = null),
    shapes: () => [],
    destroy() {
      stopKeys();
      stopPointer();
    },
  };
}
