// The course's first digits: originals above, what the network makes of them right now below.

import { fetchBytes } from "../shared/bytes.js";
import { readTheme } from "../shared/colours.js";
import { PIXELS, digitCanvas, drawDigit, inkRamp } from "../shared/digits.js";
import { element } from "../shared/element.js";

export class DigitStrip {
  #originals;
  #reconstructions;
  #images = null; // (picture_count, 784) bytes
  #frame = null;

  constructor(data, voice) {
    this.#originals = canvases("original", data.picture_count, voice);
    this.#reconstructions = canvases("reconstruction", data.picture_count, voice);
    this.element = panel(this.#originals, this.#reconstructions, voice);
    fetchBytes(data.images_url).then(
      (images) => { this.#images = images; this.redraw(); },
      () => this.element.append(element("p", { class: "lab-empty" }, voice.say("not_loaded"))),
    );
  }

  show(state) {
    if (state.frame === this.#frame) return;
    this.#frame = state.frame;
    if (this.#frame) drawAll(this.#reconstructions, this.#frame.reconstructions, readTheme(this.element));
  }

  redraw() {
    const theme = readTheme(this.element);
    if (this.#images) drawAll(this.#originals, this.#images, theme);
    if (this.#frame) drawAll(this.#reconstructions, this.#frame.reconstructions, theme);
  }
}

function canvases(kind, count, voice) {
  return Array.from({ length: count }, (_, index) => {
    const canvas = digitCanvas();
    canvas.dataset.testid = kind;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", voice.say(`${kind}_label`, { number: index + 1 }));
    return canvas;
  });
}

function panel(originals, reconstructions, voice) {
  const pairs = originals.map((original, index) =>
    element("div", { class: "lab-pair" }, original, reconstructions[index]));
  const names = ["originals", "right_now"].map((key) => element("span", {}, voice.say(key)));
  const attributes = { class: "lab-panel lab-digits", "data-testid": "digits", "aria-label": voice.say("digits") };
  return element("section", attributes,
    element("div", { class: "lab-digits-names", "aria-hidden": "true" }, ...names),
    element("div", { class: "lab-pairs" }, ...pairs));
}

function drawAll(targets, bytes, theme) {
  const ramp = inkRamp(theme);
  targets.forEach((canvas, index) => drawDigit(canvas, bytes.subarray(index * PIXELS, (index + 1) * PIXELS), ramp));
}
