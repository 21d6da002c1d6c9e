// What Streamlit leaves undone around our pages: the language of the text, and a tab stop that nobody needs.

export const READS = { data: ["lang"] };

/** data: Page in ui/components/descriptions.py. */
export function mount(_root, data) {
  tidy(data);
  return { update: tidy, destroy() {} };
}

function tidy({ lang }) {
  document.documentElement.lang = lang; // Streamlit says English of every page
  document.querySelector("[data-testid=stMain]")?.setAttribute("tabindex", "-1"); // its controls can be reached anyway
}
