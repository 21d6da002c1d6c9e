// The controls of the map: a quiet tool, a drop-down list, and the × that closes a panel.

import { element } from "../../shared/element.js";

export function toolButton(testid, text, click, attributes = {}) {
  return element("button", { type: "button", class: "lab-tool", "data-testid": testid, click, ...attributes }, text);
}

export function closeButton(name, click, attributes = {}) {
  return element("button", { type: "button", class: "lab-close", "aria-label": name, click, ...attributes }, "×");
}

export function press(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
}

/** options: [value, text]; changed(value): the person chose another. */
export function dropDown(testid, name, options, value, changed) {
  const select = element("select", {
    class: "lab-select", "data-testid": testid, "aria-label": name, title: name, change: () => changed(select.value),
  }, ...options.map(([each, text]) => element("option", { value: each }, text)));
  select.value = value;
  return select;
}
