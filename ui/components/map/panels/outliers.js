// At the edges of the first view: how many digits lie beyond, and the way to them.

import { element, setText } from "../../shared/element.js";
import { beyond } from "../data/window.js";

const ARROWS = { left: "◂", right: "▸", above: "▴", below: "▾" };

/** draw() after each change of the window; the arrows belong to the first view alone. */
export function createOutliers({ figure, chart, voice }) {
  const buttons = Object.entries(ARROWS).map(([edge, arrow]) => {
    const count = element("span", {});
    const button = element("button", {
      type: "button", class: `lab-beyond lab-${edge}`, "data-testid": `beyond-${edge}`, hidden: true,
      click: () => chart.showAll(figure.whole()),
    }, element("i", { "aria-hidden": "true" }, arrow), count);
    return { edge, button, count };
  });
  const node = element("div", { class: "lab-edges" }, ...buttons.map(({ button }) => button));

  function draw() {
    if (!chart.ready()) return;
    const { left, top, width, height } = chart.area();
    node.style.cssText = `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
    const counts = chart.look.fitted ? beyond(chart.seen(figure.scene()), { width, height }) : {};
    for (const { edge, button, count } of buttons) {
      button.hidden = !counts[edge];
      if (!counts[edge]) continue;
      const number = voice.integer(counts[edge]);
      setText(count, number);
      const name = voice.say(`beyond_${edge}`, { count: number });
      button.title = name;
      button.setAttribute("aria-label", name);
    }
  }

  return { element: node, draw, hide: () => buttons.forEach(({ button }) => (button.hidden = true)) };
}
