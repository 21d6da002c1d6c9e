// The place to draw on: with mouse, pen or finger, or pixel by pixel with the keyboard.

import { SIDE } from "../digits.js";
import { element, setText } from "../element.js";
import { greyCanvas } from "../grey_canvas.js";
import { WIDE } from "./ink.js";
import { pixelAfter } from "./pixel_keys.js";

const MIDDLE = (SIDE / 2) * SIDE + SIDE / 2;

/**
 * sketch: see sketch.js. actions: {changed(): the ink has, settled(): a line or a pixel is
 * done, say(sentence)}. -> {element, draw()}.
 */
export function createPad(voice, sketch, actions) {
  const picture = greyCanvas("drawing-pad", WIDE);
  const hint = element("span", { class: "lab-pad-hint", "aria-hidden": "true" }, voice.say("pad_hint"));
  const mark = element("i", { class: "lab-pad-mark", "aria-hidden": "true" });
  const pad = element("div", {
    class: "lab-pad", "data-testid": "pad", tabindex: "0", role: "application", "aria-label": voice.say("pad"),
    focus: () => byKeys(pointer === null), keydown: press,
    pointerdown: begin, pointermove: go, pointerup: end, pointercancel: end, lostpointercapture: end,
  }, picture.canvas, hint, mark);
  let pointer = null; // the one that draws: a second finger does not
  let pixel = MIDDLE; // where the keyboard is

  picture.canvas.className = "lab-inked";

  /** [x, y] in dots. How hard a pen is pressed does not matter: the strokes of MNIST are of one width. */
  function placeOf({ clientX, clientY }) {
    const { left, top, width, height } = picture.canvas.getBoundingClientRect();
    return [((clientX - left) / width) * WIDE, ((clientY - top) / height) * WIDE];
  }

  function begin(event) {
    if (pointer !== null || event.button !== 0) return;
    event.preventDefault();
    pointer = event.pointerId;
    byKeys(false);
    pad.focus({ preventScroll: true });
    pad.setPointerCapture(pointer);
    sketch.begin(placeOf(event));
    actions.changed();
  }

  function go(event) {
    if (event.pointerId !== pointer) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const each of passed.length ? passed : [event]) sketch.extend(placeOf(each));
    actions.changed();
  }

  function end(event) {
    if (event.pointerId !== pointer) return;
    pointer = null;
    sketch.end();
    actions.settled();
  }

  function press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const next = pixelAfter(event.key, pixel);
    if (next !== null) move(next, event.shiftKey);
    else if (event.key === " ") toggle();
    else return;
    byKeys(true);
    event.preventDefault();
    event.stopPropagation();
  }

  /** The grid and the mark are for those who draw with the keyboard. */
  function byKeys(keys) {
    pad.toggleAttribute("data-keys", keys);
  }

  /** With Shift, ink is left on the way. */
  function move(next, inking) {
    if (inking) [pixel, next].forEach(sketch.fill);
    pixel = next;
    place();
    speak();
    if (inking) done();
  }

  function toggle() {
    sketch.toggle(pixel);
    speak();
    done();
  }

  function done() {
    actions.changed();
    actions.settled();
  }

  function speak() {
    const at = { row: voice.integer(Math.floor(pixel / SIDE) + 1), column: voice.integer((pixel % SIDE) + 1) };
    actions.say(voice.say(sketch.inked(pixel) ? "pixel_ink" : "pixel_paper", at));
  }

  function place() {
    mark.style.left = `${(100 * (pixel % SIDE)) / SIDE}%`;
    mark.style.top = `${(100 * Math.floor(pixel / SIDE)) / SIDE}%`;
  }

  place();
  return {
    element: pad,
    draw() {
      picture.draw(sketch.ink());
      setText(hint, sketch.isEmpty() ? voice.say("pad_hint") : "");
    },
  };
}
