// The two buttons of the map: a quiet tool, and the × that closes a panel.

import { element } from "../shared/element.js";

export function toolButton(testid, text, click, attributes = {}) {
  return element("button", { type: "button", class: "lab-tool", "data-testid": testid, click, ...attributes }, text);
}

export function closeButton(name, click, attributes = {}) {
  return element("button", { type: "button", class: "lab-close", "aria-label": name, click, ...attributes }, "×");
}

export function press(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
}
