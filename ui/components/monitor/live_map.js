// The latent space while it forms: thousands of digits on a canvas, morphing from frame to frame.

import { fetchBytes } from "../shared/bytes.js";
import { DIGIT_COLOURS, css, mix, readTheme, rgbOfHex } from "../shared/colours.js";
import { element, setText } from "../shared/element.js";
import { fillPaper, stampDot } from "../shared/dots.js";
import { epochUnderWay, isComplete } from "../shared/epochs.js";
import { placed } from "../shared/frames.js";
import { isLabelled } from "../shared/labels.js";
import { apart } from "../shared/names.js";
import { setMarked } from "../shared/term.js";
import { brushesOf, lookOf, shapeOf } from "../shared/shapes.js";
import { shuffledOrder } from "../shared/shuffle.js";
import { between, ease } from "./morph.js";
import { holdsOut } from "./protocol.js";

const MORPH_MS = 450;
const RADIUS = 1.7; // of a digit's dot, in CSS pixels
const NAME_SIZE = 13; // of the digits written on the map, in CSS pixels
const GUTTER = 22; // left of the rows of a one-dimensional map, for their labels, in CSS pixels

const INKS = DIGIT_COLOURS.map(rgbOfHex);
const inkOf = (label) => INKS[label % INKS.length];

export class LiveMap {
  #parts;
  #voice;
  #classes; // names of the labels
  #ready;
  #sizes;
  #labels = null;
  #order = null;
  #frame = null; // the frame shown, or morphed to
  #from = null;
  #to = null;
  #startedAt = 0;
  #ticket = null;
  #isolated = null;
  #theme = null;
  #image = null; // the pixels of the canvas, before what is written over the dots

  constructor(data, voice) {
    this.#voice = voice;
    this.#classes = data.classes;
    this.#parts = panel(voice, data.classes, (digit) => { this.#isolated = digit; this.#paint(); });
    this.element = this.#parts.element;
    this.#sizes = new ResizeObserver(() => this.redraw());
    this.#sizes.observe(this.#parts.canvas);
    this.#ready = fetchBytes(data.labels_url).then(
      (labels) => { this.#labels = labels; this.#order = shuffledOrder(labels.length); },
      () => setText(this.#parts.empty, voice.say("not_loaded")),
    );
  }

  async show(state, data) {
    describe(this.#parts, state, data, this.#voice);
    await this.#ready;
    const { frame } = state;
    if (frame && frame !== this.#frame && this.#labels && this.element.isConnected) this.#morphTo(frame);
  }

  /** Draws anew, for a new size or theme. */
  redraw() {
    const { canvas } = this.#parts;
    if (!canvas.clientWidth) return;
    canvas.width = Math.round(canvas.clientWidth * density());
    canvas.height = Math.round(canvas.clientHeight * density());
    this.#image = new ImageData(canvas.width, canvas.height);
    this.#theme = readTheme(this.element);
    this.#paint();
  }

  destroy() {
    cancelAnimationFrame(this.#ticket);
    this.#sizes.disconnect();
  }

  #morphTo(frame) {
    const next = placed(frame, this.#labels, this.#classes.length);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#from = this.#to && !still ? this.#moment() : next;
    this.#to = next;
    this.#frame = frame;
    this.#startedAt = performance.now();
    this.#ticket ??= requestAnimationFrame(() => this.#tick());
  }

  #moment() {
    return between(this.#from, this.#to, ease(Math.min(1, (performance.now() - this.#startedAt) / MORPH_MS)));
  }

  #tick() {
    this.#ticket = null;
    this.#paint();
    if (performance.now() - this.#startedAt < MORPH_MS) this.#ticket = requestAnimationFrame(() => this.#tick());
  }

  #paint() {
    if (!this.#to || !this.#image) return;
    const { canvas } = this.#parts;
    const moment = this.#moment();
    const rows = this.#frame.dims === 1;
    const project = projection(moment, canvas, rows && isLabelled(this.#classes) ? GUTTER * density() : 0);
    fillPaper(this.#image, this.#theme.background);
    this.#stampDots(project, moment.positions);
    const brush = canvas.getContext("2d", { willReadFrequently: true }); // kept in memory, where the dots are
    brush.putImageData(this.#image, 0, 0);
    if (!isLabelled(this.#classes)) return;
    if (rows) drawRows(brush, project, this.#classes, this.#isolated, this.#theme);
    else drawNames(brush, project, this.#classes, moment.names, this.#isolated, this.#theme);
  }

  /** In mixed order; the isolated label comes last and so lies on top of the others. */
  #stampDots(project, positions) {
    const brushes = brushesOf(RADIUS * density());
    const faint = mix(this.#theme.background, this.#theme.text, 0.3);
    const stampWhere = (chosen, colourOf, alpha) => {
      for (const index of this.#order) {
        if (2 * index >= positions.length || !chosen(this.#labels[index])) continue;
        const [x, y] = project(positions[2 * index], positions[2 * index + 1]);
        stampDot(this.#image, x, y, brushes[shapeOf(this.#labels[index])], colourOf(this.#labels[index]), alpha);
      }
    };
    const only = this.#isolated;
    if (only !== null) stampWhere((label) => label !== only, () => faint, 0.3);
    stampWhere((label) => only === null || label === only, inkOf, 0.78);
  }
}

function panel(voice, classes, isolate) {
  const after = element("span", { class: "lab-quiet" });
  const caption = element("span", { class: "lab-quiet" });
  const empty = element("p", { class: "lab-empty" }, voice.say("map_none"));
  const canvas = element("canvas", { class: "lab-map-canvas", "data-testid": "live-map", role: "img" });
  canvas.setAttribute("aria-label", voice.say("map_none"));
  const title = element("h3");
  setMarked(title, voice.marked("map"), voice);
  const section = element("section", { class: "lab-panel lab-map-panel" },
    element("div", { class: "lab-panel-head" }, title, after),
    element("div", { class: "lab-panel-line" }, caption, ...(isLabelled(classes) ? [legend(voice, classes, isolate)] : [])),
    element("div", { class: "lab-stage" }, canvas, empty));
  return { element: section, after, caption, canvas, empty };
}

/** The classes in their colours; the pressed one stands alone until it is pressed again. */
function legend(voice, classes, isolate) {
  const buttons = classes.map((name, digit) => element("button", {
    type: "button", class: "lab-label", style: lookOf(digit), "aria-pressed": "false",
    "aria-label": voice.say("only_digit", { digit: name }), title: voice.say("only_digit", { digit: name }),
    click: () => press(digit),
  }, name));
  function press(digit) {
    const release = buttons[digit].getAttribute("aria-pressed") === "true";
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(!release && index === digit)));
    isolate(release ? null : digit);
  }
  return element("span", { class: "lab-labels", role: "group", "aria-label": voice.say("legend") }, ...buttons);
}

function describe(parts, state, data, voice) {
  const { frame } = state;
  const count = voice.integer(frame?.count ?? data.map_count);
  const kind = { true: "map_held_out", false: "map_trained", null: "map_digits" }[holdsOut(state)];
  const projected = frame?.projected ? ` · ${voice.marked("map_projected")}` : "";
  setMarked(parts.caption, voice.marked(kind, { count }) + projected, voice);
  if (!frame) return;
  setText(parts.empty, "");
  const epoch = voice.integer(epochUnderWay(frame));
  const when = voice.say(isComplete(frame.epoch) ? "map_after" : "map_within", { epoch });
  setText(parts.after, when);
  parts.canvas.setAttribute("aria-label", voice.say(frame.dims === 1 ? "strip_label" : "map_label", { count, when }));
}

function density() {
  return window.devicePixelRatio || 1;
}

/** Turns (x, y) of the map into pixels of the canvas. */
function projection({ low, high }, canvas, left) {
  const across = (canvas.width - left) / (high[0] - low[0]);
  const down = canvas.height / (high[1] - low[1]);
  return (x, y) => [left + (x - low[0]) * across, (high[1] - y) * down];
}

/** The digit itself in the middle of its kind, so that colour is never alone. */
function drawNames(brush, project, classes, names, isolated, theme) {
  prepareText(brush, theme, "center");
  brush.strokeStyle = css(theme.background, 0.85);
  brush.lineWidth = 4 * density();
  const places = classes.map((_, digit) => {
    const hidden = Number.isNaN(names[2 * digit]) || (isolated ?? digit) !== digit;
    return hidden ? null : project(names[2 * digit], names[2 * digit + 1]);
  });
  apart(places, NAME_SIZE * density()).forEach((place, digit) => {
    if (!place) return;
    brush.strokeText(classes[digit], ...place);
    brush.fillText(classes[digit], ...place);
  });
}

function drawRows(brush, project, classes, isolated, theme) {
  prepareText(brush, theme, "left");
  for (const [digit, name] of classes.entries()) {
    const [, top] = project(0, 0.5 - digit);
    brush.fillStyle = css(mix(theme.background, theme.text, 0.08));
    if (digit) brush.fillRect(0, Math.round(top), brush.canvas.width, density());
    brush.fillStyle = css(theme.text, (isolated ?? digit) === digit ? 1 : 0.35);
    brush.fillText(name, 4 * density(), project(0, -digit)[1]);
  }
}

function prepareText(brush, theme, align) {
  brush.font = `600 ${NAME_SIZE * density()}px ${theme.font}`;
  brush.textAlign = align;
  brush.textBaseline = "middle";
  brush.lineJoin = "round";
  brush.fillStyle = css(theme.text);
}
