// The first visit: what an autoencoder is in one sentence and one drawing, which moves with the run below it, and a first
// thing to do. Once closed it stays away from this browser until it is asked for, by the address that ends in HASH.

import { fetchBytes } from "../shared/bytes.js";
import { readTheme } from "../shared/colours.js";
import { PIXELS, digitCanvas, drawDigit, inkRamp } from "../shared/digits.js";
import { element, setText } from "../shared/element.js";
import { keep, kept } from "../shared/storage.js";
import { setMarked } from "../shared/term.js";
import { codeWords, glows, heights, isIntroduced, momentOfDigit, nextDigit, reached } from "./story.js";

const HASH = "#introduction"; // as in server/addresses.py
const CLOSED = "lab-introduction-closed"; // key in the browser's storage
const NUMBERS = 8; // of a code, at most
const STILL = 1; // share of the cycle at which nothing moves: everything has come through

export class Introduction {
  #data;
  #voice;
  #parts;
  #images = null;
  #frame = null;
  #elapsed = 0;
  #shownAt = null; // when the last state came; while a replay is paused none comes, and the drawing rests
  #drawn = null; // what the pictures show: digit and frame
  #asked = () => this.#place();

  /** `start` begins a training; it is offered over a replay. */
  constructor(data, voice, start) {
    this.#data = data;
    this.#voice = voice;
    this.#parts = panel(data, voice, { start, close: () => this.#close(), next: () => this.#next() });
    this.element = this.#parts.element;
    addEventListener("hashchange", this.#asked);
    this.#place();
    fetchBytes(data.images_url).then((images) => { this.#images = images; this.redraw(); }, () => {});
  }

  show(state) {
    this.#frame = state.frame;
    if (this.element.hidden) return;
    const now = performance.now();
    this.#elapsed += Math.min(100, now - (this.#shownAt ?? now)); // after a pause it goes on where it was
    this.#shownAt = now;
    const still = !this.#data.replay || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#draw(still ? STILL : null);
  }

  /** Draws anew, for another theme. */
  redraw() {
    this.#drawn = null;
    this.#draw(STILL);
  }

  destroy() {
    removeEventListener("hashchange", this.#asked);
  }

  #place() {
    const asked = location.hash === HASH;
    if (asked) keep(CLOSED, null);
    const closed = kept(CLOSED) !== null;
    this.element.hidden = !isIntroduced({ replay: this.#data.replay, closed, asked });
    if (asked) this.element.scrollIntoView?.({ block: "nearest" });
    this.redraw();
  }

  #close() {
    keep(CLOSED, "1");
    if (location.hash === HASH) history.replaceState(history.state, "", location.pathname + location.search);
    this.element.hidden = true;
  }

  #next() {
    this.#elapsed = nextDigit(this.#elapsed);
    this.#draw(STILL);
  }

  #draw(fixed) {
    const { digit, share } = momentOfDigit(this.#elapsed, this.#data.picture_count);
    this.#drawPictures(digit);
    shine(this.#parts, fixed ?? share);
    const code = this.#frame?.pictured?.[digit];
    const write = (value) => (Math.abs(value) < 100 ? this.#voice.code(value) : this.#voice.integer(value));
    const words = codeWords(code, this.#data.code_numbers, NUMBERS, write);
    this.#parts.numbers.forEach((node, index) => setText(node, words[index]));
  }

  #drawPictures(digit) {
    const drawn = { digit, frame: this.#frame, images: this.#images };
    if (!this.#images || Object.keys(drawn).every((key) => drawn[key] === this.#drawn?.[key])) return;
    this.#drawn = drawn;
    const ramp = inkRamp(readTheme(this.element));
    const rowOf = (bytes) => bytes.subarray(digit * PIXELS, (digit + 1) * PIXELS);
    drawDigit(this.#parts.before, rowOf(this.#images), ramp);
    if (this.#frame) drawDigit(this.#parts.after, rowOf(this.#frame.reconstructions), ramp);
  }
}

function panel(data, voice, { start, close, next }) {
  const parts = { before: digitCanvas(), after: digitCanvas(), ...layersOf(data) };
  parts.numbers = Array.from({ length: Math.min(data.code_numbers, NUMBERS) }, () => element("span"));
  parts.code = element("div", { class: "lab-intro-code", "data-many": data.code_numbers > 2 }, ...parts.numbers);
  parts.input = element("button", { type: "button", class: "lab-intro-picture", "data-testid": "another-digit",
    "aria-label": voice.say("intro_next"), title: voice.say("intro_next"), click: next }, parts.before);
  parts.output = element("div", { class: "lab-intro-picture" }, parts.after);
  const begin = element("button", { type: "button", class: "lab-button lab-intro-start", "data-testid": "introduction-start",
    hidden: !data.replay, click: start }, voice.say("intro_start"));
  parts.element = element("section", { class: "lab-introduction", "data-testid": "introduction",
    "aria-label": voice.say("intro_title") },
    element("div", { class: "lab-intro-words" },
      element("h2", {}, voice.say("intro_title")),
      setMarked(element("p"), sentenceOf(data, voice), voice),
      element("div", { class: "lab-intro-first" }, begin, element("span", { class: "lab-quiet" }, voice.say("intro_then")))),
    drawing(parts, data, voice),
    element("button", { type: "button", class: "lab-intro-close", "data-testid": "introduction-close",
      "aria-label": voice.say("intro_close"), title: voice.say("intro_close"), click: close }, "×"));
  return parts;
}

function drawing({ input, encoder, code, decoder, output }, data, voice) {
  const stage = (node, sentence) => element("div", { class: "lab-intro-stage" }, node,
    element("span", { class: "lab-quiet" }, sentence));
  const numbers = voice.say(data.code_numbers === 1 ? "intro_number" : "intro_numbers",
    { count: voice.integer(data.code_numbers) });
  return element("div", { class: "lab-intro-drawing", role: "group", "aria-label": voice.say("intro_drawing") },
    stage(input, voice.say("intro_in")), row(encoder), stage(code, numbers), row(decoder), stage(output, voice.say("intro_out")));
}

function row(bars) {
  return element("div", { class: "lab-intro-layers", "aria-hidden": "true" }, ...bars);
}

/** A bar for each hidden layer, before the code and after it. */
function layersOf({ encoder, decoder }) {
  const bars = (widths) => heights(widths, PIXELS).map((height) => element("i", { style: `height:${100 * height}%` }));
  return { encoder: bars(encoder), decoder: bars(decoder) };
}

function sentenceOf({ code_numbers: count }, voice) {
  if (count === 1) return voice.marked("intro_text_one");
  return count === 2 ? voice.marked("intro_text_two") : voice.marked("intro_text", { count: voice.integer(count) });
}

/** Lets a stage of the drawing shine while the digit passes, and shows what it has brought as soon as it has come. */
function shine({ input, encoder, code, decoder, output }, share) {
  const stages = [input, ...encoder, code, ...decoder, output];
  const come = reached(share, stages.length);
  glows(share, stages.length).forEach((glow, index) => {
    stages[index].style.setProperty("--lab-glow", share === STILL ? 0 : glow.toFixed(2));
    stages[index].dataset.come = come[index];
  });
}
