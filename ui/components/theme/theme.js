// Light, dark, or as the system has it. Streamlit keeps this choice in the browser, one for each address it was opened
// at, and offers no call to change it; so we write what its own menu would write, for all of our pages, and reload.

import { keep, kept } from "../shared/storage.js";

const CHOICES = ["System", "Light", "Dark"];
const keyOf = (path) => `stActiveTheme-${path}-v2`;

export const READS = { data: ["words", "pages"] };

/** data: Theme in ui/components/descriptions.py. */
export function mount(root, data) {
  draw(root, data);
  return { update: (next) => draw(root, next), destroy: () => root.replaceChildren() };
}

function draw(root, data) {
  const group = document.createElement("div");
  group.className = "lab-theme";
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", data.words.theme);
  group.append(...CHOICES.map((choice) => button(choice, data)));
  root.replaceChildren(group);
}

function button(choice, data) {
  const node = document.createElement("button");
  node.type = "button";
  node.textContent = data.words[choice];
  node.dataset.testid = `theme-${choice.toLowerCase()}`;
  node.setAttribute("role", "radio");
  node.setAttribute("aria-checked", String(choice === chosen()));
  node.addEventListener("click", () => choose(choice, data.pages));
  return node;
}

function chosen() {
  const stored = kept(keyOf(location.pathname));
  return CHOICES.find((choice) => stored === JSON.stringify(choice)) ?? "System";
}

function choose(choice, pages) {
  const folder = location.pathname.replace(/[^/]*$/, "");
  for (const page of pages) keep(keyOf(folder + page), JSON.stringify(choice));
  location.reload();
}
