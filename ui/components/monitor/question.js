// A question that stands in the page until it is answered; Escape is the first answer, which changes nothing.

import { element } from "../shared/element.js";

export class Question {
  #before = null; // what had the focus

  constructor(label) {
    this.element = element("div", { class: "lab-question", "data-testid": "question", role: "group", "aria-label": label,
      hidden: true, keydown: (event) => { if (event.key === "Escape") this.close(); } });
  }

  /** answers: [[words, what to do]], the first of them the harmless one: it has the focus. */
  ask(sentence, answers) {
    this.#before = document.activeElement;
    const buttons = answers.map(([words, answer], index) => element("button", {
      type: "button", class: "lab-button", "data-testid": `answer-${index}`,
      click: () => { this.close(); answer?.(); },
    }, words));
    this.element.replaceChildren(element("p", { role: "alert" }, sentence),
      element("div", { class: "lab-answers" }, ...buttons));
    this.element.hidden = false;
    buttons[0].focus();
  }

  close() {
    if (this.element.hidden) return;
    const inside = this.element.contains(document.activeElement);
    this.element.hidden = true;
    this.element.replaceChildren();
    if (inside && this.#before?.isConnected) this.#before.focus();
  }
}
