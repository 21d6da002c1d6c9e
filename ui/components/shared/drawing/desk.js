// A drawn digit and what a model makes of it while it is drawn: pad, form, reconstruction, error, code and nearest digits.

import { readTheme, watchTheme } from "../colours.js";
import { PIXELS } from "../digits.js";
import { element, setText } from "../element.js";
import { greyCanvas } from "../grey_canvas.js";
import { keepInTab, keptInTab } from "../storage.js";
import { createButtons, savePicture } from "./buttons.js";
import { WIDE } from "./ink.js";
import { inMnistForm } from "./mnist_form.js";
import { createNeighbours } from "./neighbours.js";
import { createNumbers } from "./numbers.js";
import { createPad } from "./pad.js";
import { readingOf } from "./reading.js";
import { createSketch } from "./sketch.js";

const KEY = "lab-drawing"; // in this tab: pages and runs share the drawing, an address would be too short for it
const PAUSE = 2; // times as long as a reading took until the next: a large network draws later, the pen never waits
const QUIET = 700; // milliseconds without a change before what is read is spoken
const PAPER = new Uint8ClampedArray(PIXELS);
let sketch = null; // this tab's

/**
 * model: {load() -> promise of {encoder, decoder, errors, columns, labels, nameOf(row): null where digits have no labels,
 * indexOf(row), imageOf(row)}, loadImages() -> promise, after which imageOf gives pictures, failed?(error): whether it is dealt with}.
 * about: {learning: whether the run goes on, dataset: the name of what it learned from, null where that is MNIST}.
 * choose(row) opens a digit; null where none can be opened. read(reading or null, settled): what the model makes of the drawing
 * has changed; settled: a line is done. links: elements under the numbers.
 */
export function createDesk(voice, model, { about, choose = null, read = () => {}, links = [] }) {
  sketch ??= createSketch(keptInTab(KEY));
  const status = element("p", { class: "lab-drawing-status", role: "status", "data-testid": "drawing-status" });
  const spoken = element("p", { class: "lab-drawing-unseen", "aria-live": "polite", "data-testid": "drawing-speech" });
  const pad = createPad(voice, sketch, { changed, settled, say: (text) => setText(spoken, text) });
  const form = pictureOf("drawing-form", voice.say("form"), voice.say("form_help"));
  const made = pictureOf("drawing-made", voice.say("made"));
  const numbers = createNumbers(voice);
  const neighbours = createNeighbours(voice, choose);
  const buttons = createButtons(voice, { undo: act("undo"), redo: act("redo"), clear: act("clear"), save: () => savePicture(form.canvas) });
  const desk = element("div", { class: "lab-drawing", "data-testid": "drawing", keydown: press },
    element("p", { class: "lab-drawing-lead" }, voice.say("drawing_lead")),
    ...notesOn(about, voice).map((note) => element("p", { class: "lab-drawing-note" }, note)),
    element("div", { class: "lab-drawing-desk" },
      pad.element,
      element("div", { class: "lab-drawing-pictures" }, form.figure, made.figure),
      buttons.element,
      element("div", { class: "lab-drawing-said" }, status, numbers.element, ...links, neighbours.element)),
    spoken);
  let loaded = null; // what model.load() gave
  let asked = false;
  let frame = 0;
  let timer = null;
  let reading = null;
  let due = 0; // when the next reading may begin
  let destroyed = false;

  function began() {
    if (asked) return;
    asked = true;
    setText(status, voice.say("drawing_loading"));
    model.load().then(arrived).then(() => loaded && model.loadImages()).then(() => destroyed || show(true), failed);
  }

  function arrived(parts) {
    if (destroyed) return;
    if (parts.encoder.inputs !== PIXELS) return setText(status, voice.say("other_input"));
    loaded = parts;
    setText(status, "");
    show(true);
    settled();
  }

  function failed(error) {
    if (destroyed || model.failed?.(error)) return;
    console.error(error);
    asked = Boolean(loaded); // the next stroke tries again
    setText(status, voice.say(loaded ? "pictures_not_loaded" : "drawing_not_loaded"));
  }

  function changed() {
    began();
    frame ||= requestAnimationFrame(() => show());
  }

  function settled() {
    keepInTab(KEY, sketch.text());
    if (frame) show(true);
    read(reading, true);
    clearTimeout(timer);
    timer = setTimeout(() => reading && setText(spoken, numbers.spoken(reading, loaded)), QUIET);
  }

  /** Draws all that follows from the ink, once a frame; what the model makes of it when that is due, or at once. */
  function show(atOnce = false) {
    cancelAnimationFrame(frame);
    frame = 0;
    const picture = inMnistForm(sketch.ink(), WIDE);
    pad.draw();
    form.draw(picture ?? PAPER);
    if (atOnce || performance.now() >= due) pass(picture);
    else frame = requestAnimationFrame(() => show());
  }

  function pass(picture) {
    const start = performance.now();
    reading = picture && loaded ? readingOf(loaded, picture) : null;
    due = performance.now() + PAUSE * (performance.now() - start);
    made.draw(reading?.reconstruction ?? PAPER);
    desk.toggleAttribute("data-empty", !picture);
    numbers.show(reading, loaded);
    neighbours.show(reading?.nearest ?? [], loaded);
    buttons.show({ undo: sketch.canUndo(), redo: sketch.canRedo(), clear: Boolean(picture), save: Boolean(picture) });
    read(reading, false);
  }

  function act(name) {
    return () => {
      sketch[name]();
      changed();
      settled();
    };
  }

  /** Ctrl Z takes back, Ctrl Y or Shift Ctrl Z brings again. */
  function press(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    event.stopPropagation();
    act(key === "y" || event.shiftKey ? "redo" : "undo")();
  }

  function retheme() {
    desk.dataset.theme = readTheme(desk).dark ? "dark" : "light";
  }

  const stopWatching = watchTheme(desk, retheme);
  show(true);
  if (!sketch.isEmpty()) began();
  return {
    element: desk,
    /** Once it stands in the page. */
    retheme,
    /** Fetches what is needed before the first line is drawn. */
    begin: began,
    reading: () => reading,
    destroy() {
      destroyed = true;
      sketch.end();
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      stopWatching();
    },
  };
}

function notesOn({ learning, dataset }, voice) {
  return [...(dataset ? [voice.say("other_dataset", { dataset })] : []), ...(learning ? [voice.say("still_learning")] : [])];
}

function pictureOf(testid, caption, help = null) {
  const picture = greyCanvas(testid);
  picture.canvas.className = "lab-inked";
  picture.canvas.setAttribute("role", "img");
  picture.canvas.setAttribute("aria-label", caption);
  return { ...picture, figure: element("figure", { title: help }, picture.canvas, element("figcaption", {}, caption)) };
}
