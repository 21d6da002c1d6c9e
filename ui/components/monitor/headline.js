// What one looks for first: the loss as a number, and beside it what was noticed.

import { element, setText } from "../shared/element.js";
import { icon } from "../shared/icons.js";
import { setMarked } from "../shared/term.js";
import { latestLoss } from "./protocol.js";

const SHOWN = 2; // notices in full; the others are a press away, so that the charts below stay in sight
const GRAVITY = ["error", "warning", "info"];

export class Headline {
  #voice;
  #reading = element("span", { class: "lab-reading", "data-testid": "reading" });
  #unit = element("span", { class: "lab-reading-unit" });
  #list;
  #more;

  constructor(voice) {
    this.#voice = voice;
    this.#list = element("ul", { class: "lab-notices", "aria-label": voice.say("notices") });
    this.#more = element("button", { type: "button", class: "lab-more", hidden: true, click: () => this.#showAll() });
    this.element = element("div", { class: "lab-headline", "data-testid": "headline" },
      element("p", { class: "lab-loss-now" }, this.#reading, this.#unit),
      element("div", { class: "lab-noticed" }, this.#list, this.#more));
  }

  show(state, data) {
    const latest = latestLoss(state);
    setText(this.#reading, latest ? this.#voice.mse(latest.mse) : "–");
    setMarked(this.#unit, latest ? unitOf(latest, data.judged_on, this.#voice) : this.#voice.marked("loss_none"), this.#voice);
    this.#showNotices(inOrder(state.notices));
  }

  redraw() {} // it has no colours of its own

  #showNotices(notices) {
    const shown = JSON.stringify(notices);
    if (this.#list.dataset.shown === shown) return;
    this.#list.dataset.shown = shown;
    this.#list.replaceChildren(...notices.map(itemOf));
    const hidden = this.#list.classList.contains("lab-all") ? 0 : notices.length - SHOWN;
    this.#more.hidden = hidden <= 0;
    setText(this.#more, this.#voice.say("notices_more", { count: this.#voice.integer(Math.max(0, hidden)) }));
  }

  #showAll() {
    this.#list.classList.add("lab-all");
    this.#more.hidden = true;
  }
}

/** The gravest first; among equals the latest, which the server tells last. */
export function inOrder(notices) {
  const rank = ({ level }) => GRAVITY.indexOf(level);
  return [...notices].reverse().sort((one, other) => rank(one) - rank(other));
}

function itemOf({ level, text }) {
  return element("li", { class: `lab-notice lab-${level}`, "data-testid": "notice" },
    icon(level === "info" ? "info" : "warning"), element("span", {}, text));
}

function unitOf({ mse, heldOut, final }, judgedOn, voice) {
  const key = heldOut ? "loss_held_out" : final ? "loss_trained_on" : "loss_training";
  const digits = voice.marked(key, { count: voice.integer(judgedOn) });
  return voice.marked("loss_unit", { grey: voice.grey(mse), digits });
}
