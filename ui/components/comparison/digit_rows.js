// The same digits by each run: the originals above, a row a run below.

import { fetchBytes } from "../shared/bytes.js";
import { PIXELS, digitCanvas, drawDigit, inkRamp } from "../shared/digits.js";
import { element } from "../shared/element.js";
import { letterOf } from "./letter.js";

export class DigitRows {
  #rows = new Map(); // canvases by what they show
  #originals = null; // (picture_count, 784) bytes
  #drawn = new Map(); // what a row shows now
  #again = () => {};

  constructor(data, voice) {
    const images = data.runs.map((run) => run.images_url);
    const shared = images[0] !== null && images.every((url) => url === images[0]) ? images[0] : null;
    const lines = data.runs.map((run) => this.#line(run.run, letterOf(run), data.picture_count, run.title, voice));
    if (shared) {
      lines.unshift(this.#line("original", voice.say("originals"), data.picture_count, voice.say("originals"), voice));
      fetchBytes(shared).then((bytes) => { this.#originals = bytes; this.#again(); }, () => {});
    }
    const other = shared ? [] : [element("p", { class: "lab-quiet" }, voice.say("other_digits"))];
    this.element = element("section", { class: "lab-panel" }, element("div", { class: "lab-panel-head" }, element("h3", {}, voice.say("digits"))),
      ...other, element("div", { class: "lab-digit-rows", "data-testid": "digit-rows" }, ...lines));
  }

  show(runs, theme) {
    this.#again = () => this.show(runs, theme);
    const paper = theme.background.join();
    if (this.#originals) this.#draw("original", this.#originals, theme, paper);
    for (const { run, state } of runs) if (state.frame) this.#draw(run, state.frame.reconstructions, theme, paper);
  }

  #draw(row, bytes, theme, paper) {
    const known = this.#drawn.get(row);
    if (known && known[0] === bytes && known[1] === paper) return;
    this.#drawn.set(row, [bytes, paper]);
    const ramp = inkRamp(theme);
    this.#rows.get(row).forEach((canvas, at) => drawDigit(canvas, bytes.subarray(at * PIXELS, (at + 1) * PIXELS), ramp));
  }

  #line(row, head, count, title, voice) {
    const canvases = Array.from({ length: count }, (_, at) => {
      const canvas = digitCanvas();
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", voice.say("digit", { number: at + 1, title }));
      return canvas;
    });
    this.#rows.set(row, canvases);
    return element("div", { class: "lab-digit-row", "data-row": row }, element("span", { class: "lab-digit-head" }, head), ...canvases);
  }
}
