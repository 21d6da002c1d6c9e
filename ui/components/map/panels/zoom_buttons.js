// + and − on the map itself: for fingers, and for a mouse without a wheel.

import { element } from "../../shared/element.js";

const STEP = 0.6; // of the window that is left by one press

export function zoomButtons(chart, voice) {
  const button = (name, sign, factor) => element("button", {
    type: "button", class: "lab-zoom", "data-testid": name, "aria-label": voice.say(name), title: voice.say(name),
    click: () => chart.zoomAt(null, factor),
  }, sign);
  return element("div", { class: "lab-zooms", role: "group", "aria-label": voice.say("zoom") },
    button("nearer", "+", STEP), button("farther", "−", 1 / STEP));
}
