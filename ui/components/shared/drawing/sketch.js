// A drawing as a list of what was done, so that each can be undone: lines of the pen, single pixels, and clearing. Pure.

import { PIXELS } from "../digits.js";
import { blank, drawLine, fillPixel, isInked } from "./ink.js";

/** text: what `text()` of another one gave; anything else begins an empty one. */
export function createSketch(text = null) {
  let { done, undone } = read(text);
  let ink = inkOf(done);
  let line = null; // the one under way

  function act(action) {
    done.push(action);
    undone = [];
    perform(ink, action);
  }

  function redraw() {
    ink = inkOf(done);
  }

  return {
    /** (WIDE²,) 0..255; another array after undoing. */
    ink: () => ink,
    isEmpty: () => !ink.some(Boolean),
    canUndo: () => done.length > 0,
    canRedo: () => undone.length > 0,
    /** place: [x, y] in dots. */
    begin(place) {
      line = place.map(Math.round);
      act({ line });
    },
    /** The line under way goes on; none is where it was undone or cleared meanwhile. */
    extend(place) {
      if (!line) return;
      const next = place.map(Math.round);
      const last = line.slice(-2);
      if (next.every((value, i) => value === last[i])) return;
      line.push(...next);
      drawLine(ink, last, next);
    },
    end: () => { line = null; },
    inked: (pixel) => isInked(ink, pixel),
    /** Inks a pixel or, where it is inked, makes it paper again. */
    toggle: (pixel) => act({ pixel, grey: isInked(ink, pixel) ? 0 : 255 }),
    fill: (pixel) => isInked(ink, pixel) || act({ pixel, grey: 255 }),
    clear() {
      line = null;
      if (ink.some(Boolean)) act({ clear: true });
    },
    undo() {
      line = null;
      if (!done.length) return;
      undone.push(done.pop());
      redraw();
    },
    redo() {
      if (!undone.length) return;
      done.push(undone.pop());
      redraw();
    },
    text: () => JSON.stringify({ done, undone }),
  };
}

function inkOf(done) {
  const ink = blank();
  const from = done.findLastIndex(({ clear }) => clear); // what was cleared need not be drawn first
  for (const action of done.slice(Math.max(0, from))) perform(ink, action);
  return ink;
}

function perform(ink, { line, pixel, grey, clear }) {
  if (clear) return ink.fill(0);
  if (pixel !== undefined) return fillPixel(ink, pixel, grey);
  const places = Array.from({ length: line.length / 2 }, (_, i) => line.slice(2 * i, 2 * i + 2));
  places.forEach((place, i) => drawLine(ink, places[Math.max(0, i - 1)], place));
}

/** What a browser kept may be of another version, or damaged. */
function read(text) {
  try {
    const { done, undone } = JSON.parse(text ?? "");
    if ([done, undone].every((list) => Array.isArray(list) && list.every(isAction))) return { done, undone };
  } catch {
    // no JSON: nothing was kept
  }
  return { done: [], undone: [] };
}

function isAction(action) {
  const { line, pixel, grey, clear } = action ?? {};
  if (clear === true) return true;
  if (pixel !== undefined) return Number.isInteger(pixel) && pixel >= 0 && pixel < PIXELS && (grey === 0 || grey === 255);
  return Array.isArray(line) && line.length > 0 && line.length % 2 === 0 && line.every(Number.isInteger);
}
