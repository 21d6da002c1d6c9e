// A row of buttons of which one is pressed.

import { element } from "./element.js";

/** Sets `view[name]`, then calls `changed`; options: {value: key of its word}. */
export function choice(voice, view, name, options, changed) {
  const buttons = Object.entries(options).map(([value, key]) => element("button", {
    type: "button", class: "lab-choice", "data-testid": `${name}-${value}`,
    "aria-pressed": String(view[name] === value), click: () => press(value),
  }, voice.say(key)));
  function press(value) {
    view[name] = value;
    Object.keys(options).forEach((option, at) => buttons[at].setAttribute("aria-pressed", String(option === value)));
    changed();
  }
  return element("span", { class: "lab-choices", role: "group", "aria-label": voice.say(name) }, ...buttons);
}
