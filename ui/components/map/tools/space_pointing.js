// Three dimensions: Plotly's hover shows the card; N and P go from digit to digit by distance, Shift and arrows turn.

import { followKeys, STEP } from "./keyboard.js";
import { nearestMany } from "../data/spatial_index.js";
import { digitTarget } from "../data/target.js";

const REMEMBERED = 500;
const TURN = 15; // degrees, with Shift and an arrow

/** actions: {choose(target, place), escape, reset, drawing}. pointed(i, point), left(), clicked(i) come from the space. */
export function createSpacePointing(lab, hover, actions) {
  const { chart, figure } = lab;
  let tour = null; // {ids, at}

  const targetOf = (i) => digitTarget(figure.scene(), i);

  function next(direction) {
    const scene = figure.scene();
    tour ??= { ids: nearestMany([scene.x, scene.y, scene.z], [0, 0, 0], REMEMBERED), at: -1 };
    tour.at = Math.max(0, Math.min(tour.at + direction, tour.ids.length - 1));
    if (!tour.ids.length) return;
    const target = targetOf(tour.ids[tour.at]);
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
    zoom: chart.zoom,
    reset: actions.reset,
  });

  return {
    pointed: (i, point) => actions.drawing() || hover.show(targetOf(i), point),
    left: hover.hide,
    clicked: (i) => actions.drawing() || actions.choose(targetOf(i)),
    forget: () => (tour = null),
    shapes: () => [],
    destroy: stopKeys,
  };
}
