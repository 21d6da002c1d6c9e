// Which map of the pixels stands beside the latent one.

import { element } from "../../shared/element.js";
import { press, toolButton } from "./buttons.js";

/** offered: names such as "pca"; the one that is pressed goes away when it is pressed again. */
export function companionChoice(offered, view, voice) {
  if (!offered.length) return [];
  const buttons = offered.map((name) => toolButton(
    `beside-${name}`,
    voice.say(`beside_${name}`),
    () => view.set({ beside: view.state.beside === name ? null : name }),
    { title: voice.say(`beside_${name}_help`) },
  ));
  const sync = ({ beside }) => buttons.forEach((button, i) => press(button, beside === offered[i]));
  view.listen(sync);
  sync(view.state);
  const name = voice.say("beside");
  return [element("span", { class: "lab-beside", role: "group", "aria-label": name }, `${name} `, ...buttons)];
}
