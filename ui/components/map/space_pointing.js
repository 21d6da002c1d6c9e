// Three dimensions: Plotly's hover shows the card; N and P go from digit to digit by distance.

import { followKeys } from "./keyboard.js";
import { nearestMany } from "./spatial_index.js";

const REMEMBERED = 500;

/** actions: {choose(target, place), escape, reset}. pointed(i, point), left() and clicked(i) come from the space. */
export function createSpacePointing(lab, attention, actions) {
  const { stage, figure } = lab;
  let tour = null; // {ids, at}

  const targetOf = (i) => {
    const { rows, x, y, z } = figure.scene();
    return { kind: "digit", row: rows[i], place: [x[i], y[i], z[i]] };
  };

  function next(direction) {
    const scene = figure.scene();
    tour ??= { ids: nearestMany([scene.x, scene.y, scene.z], [0, 0, 0], REMEMBERED), at: -1 };
    tour.at = Math.max(0, Math.min(tour.at + direction, tour.ids.length - 1));
    if (tour.ids.length) attention.say(attention.show(targetOf(tour.ids[tour.at]), middle(stage.plot)));
  }

  const stopKeys = followKeys(stage.plot, {
    next,
    move: (dx, dy) => next(dx + dy > 0 ? 1 : -1),
    enter: () => attention.target() && actions.choose(attention.target()),
    escape() {
      tour = null;
      attention.hide();
      actions.escape();
    },
    zoom: stage.zoom,
    reset: actions.reset,
  });

  return {
    pointed: (i, point) => attention.show(targetOf(i), point),
    left: attention.hide,
    clicked: (i) => actions.choose(targetOf(i)),
    forget: () => (tour = null),
    shapes: () => [],
    destroy: stopKeys,
  };
}

function middle({ clientWidth, clientHeight }) {
  return { x: clientWidth / 2, y: clientHeight / 2 };
}
