// The controls of the map: a tool with its icon and name, a drop-down list, and the × that closes a panel.

import { element } from "../../shared/element.js";
import { icon } from "../../shared/icons.js";

/** A button with words alone. */
export function toolButton(testid, text, click, attributes = {}) {
  return element("button", { type: "button", class: "lab-tool", "data-testid": testid, click, ...attributes }, text);
}

/** A button with an icon over its name; name it anew with `rename`. */
export function iconButton(testid, sign, text, click, attributes = {}) {
  const button = toolButton(testid, "", click, { class: "lab-tool lab-iconed", ...attributes });
  rename(button, sign, text);
  return button;
}

export function rename(button, sign, text) {
  if (button.textContent !== text) button.replaceChildren(icon(sign), element("span", {}, text));
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
