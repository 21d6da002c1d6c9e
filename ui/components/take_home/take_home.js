// The button that opens what a run can be taken home as.

import { element } from "../shared/element.js";
import { takeHome } from "../shared/take_home/take_home.js";
import { voiceOf } from "../shared/voice.js";

export const READS = {
  data: ["lang", "words", "title", "exports_url", "own_images", "exports"],
  "data.exports": ["name", "label", "about"],
};

/** data: TakeHome in ui/components/descriptions.py. */
export function mount(root, data) {
  const button = element("button", { type: "button", class: "lab-button", "data-testid": "take-home", "aria-haspopup": "dialog" });
  const frame = element("div", { class: "lab-take-home-button" }, button);
  root.replaceChildren(frame);

  function update(next) {
    const { lang, words, title, exports_url, own_images, exports } = next;
    const voice = voiceOf(words, lang);
    button.textContent = voice.say("take_home");
    button.onclick = () => takeHome(frame, voice, lang, { title, exports_url, own_images }, exports, button);
  }

  update(data);
  return { update, destroy: () => root.replaceChildren() };
}
