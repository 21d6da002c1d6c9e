// What Streamlit leaves undone around our pages: the language of the text, a tab stop that nobody needs, and links that we
// write as HTML, which would load everything anew and so lose what was chosen by hand.

import { follow } from "../shared/follow.js";
import { goToStart } from "../shared/start_button.js";

export const READS = { data: ["lang", "forms_filled"] };

/** data: Page in ui/components/descriptions.py. */
export function mount(_root, data) {
  let filled = data.forms_filled;
  tidy(data);
  document.addEventListener("click", followLink);
  function update(next) {
    tidy(next);
    if (next.forms_filled > filled) goToStart();
    filled = next.forms_filled;
  }
  return { update, destroy: () => document.removeEventListener("click", followLink) };
}

function tidy({ lang }) {
  document.documentElement.lang = lang; // Streamlit says English of every page
  document.querySelector("[data-testid=stMain]")?.setAttribute("tabindex", "-1"); // its controls can be reached anyway
}

/** A click on a link to another page of ours in HTML of ours. */
function followLink(event) {
  const link = event.target.closest("a.lab-page-link");
  if (link) follow(event, link);
}
