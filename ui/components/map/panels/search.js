// A field that finds a digit by its number, or the digits of one label.

import { icon } from "../../shared/icons.js";
import { element } from "../../shared/element.js";
import { searched } from "../data/search.js";

/** found({label} | {row}): what the person has searched for. */
export function createSearch(mapData, voice, found) {
  const name = voice.say("search");
  const help = voice.say("search_help");
  const input = element("input", {
    type: "search", class: "lab-search-field", "data-testid": "search", "aria-label": name, title: help, placeholder: name,
    style: `--lab-hint: ${name.length}`,
    autocomplete: "off", maxlength: 24, enterkeyhint: "search", input: () => input.setCustomValidity(""),
    keydown: (event) => event.stopPropagation(),
  });

  function submit(event) {
    event.preventDefault();
    if (!input.value.trim()) return;
    const what = searched(input.value, mapData);
    if (what) found(what);
    const { start, n } = mapData;
    const values = { first: voice.integer(start), last: voice.integer(start + n - 1), label: mapData.classes[0] };
    input.setCustomValidity(what ? "" : voice.say("search_none", values));
    input.reportValidity();
  }

  return element("form", { class: "lab-search", role: "search", novalidate: true, submit }, icon("search"), input);
}
