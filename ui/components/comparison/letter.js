// The letter of a run on its colour.

import { element } from "../shared/element.js";

export function letterOf({ letter, colour }) {
  return element("span", { class: "lab-letter", style: `--lab-run: ${colour}` }, letter);
}
