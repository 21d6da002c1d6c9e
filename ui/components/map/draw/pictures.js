// Digits drawn as their pictures, written into the same image as the dots: which ones, and their pixels.

import { inkRamp, SIDE } from "../../shared/digits.js";
import { imageOf } from "../data/map_data.js";
import { createLevels, fairOrder, keepingOrder, mostCovered, uncrowded, withRoom } from "./room.js";

const FRAME = 2; // pixels of the label's colour around a picture
const PROMPT = 20; // milliseconds for a choice within one picture of the map; what is left is worked out in the next ones
const GAP = 1; // pixels between two of them
const SQUARE = SIDE + 2 * FRAME + GAP;

/**
 * chart: see plane_plot.js and space_plot.js; home(): the ranges of the first view.
 * -> {still, moving}: two ways to choose, for points.js; choice(scene, seen) -> {ids, side, imageOf(id)}: the scene's digits that
 * are drawn as pictures of that many pixels, the gap among them, and whether there are `more` to come.
 */
export function createPictures(mapData, chart, home) {
  let known = null; // {scene, key, order, levels}
  let before = null; // rows of the picture before, while it moves

  const result = (scene, ids, side) => ({ ids, side, imageOf: (id) => imageOf(mapData, scene.rows[id]) });

  function orderOf(scene) {
    if (known?.scene !== scene) known = { scene, order: fairOrder(scene, mapData.labels, mapData.classes.length) };
    return known.order;
  }

  /** The choice depends on the zoom and on nothing else: whoever comes back to a place finds the same pictures. */
  function still(scene, seen) {
    if (!mapData.images) return null;
    const order = orderOf(scene);
    const [first, now] = [firstScale(chart.area(), home()), chart.scale()];
    const key = [...first, now[1] / now[0]].map((number) => number.toPrecision(4)).join();
    if (known.key !== key) Object.assign(known, { key, levels: levelsOf(scene, order, first, now) });
    const { side, shows, more } = known.levels(now[0] / first[0], performance.now() + PROMPT);
    const ids = order.filter((id) => shows(id) && isSeen(seen, id, chart.area(), side));
    before = new Set(ids.map((id) => scene.rows[id]));
    return { ...result(scene, ids, side), more };
  }

  function levelsOf(scene, order, [across], now) {
    const { width, height } = chart.area();
    const scale = [across, (across * now[1]) / now[0]];
    return createLevels(scene, order, { scale, spacing: Math.sqrt((width * height) / Math.max(1, order.length)), side: SQUARE });
  }

  /** While codes move, or a space turns: what was there stays as long as it can. In space the nearest come first. */
  function moving(scene, seen) {
    if (!mapData.images) return null;
    const all = seen.order ? seen.order.filter((id) => id >= scene.lit).reverse() : orderOf(scene);
    const inside = all.filter((id) => isSeen(seen, id, chart.area(), SQUARE));
    const nearness = seen.order ? chart.nearness() : chart.scale()[0] / firstScale(chart.area(), home())[0];
    const roomy = uncrowded(seen, PIXELS, SQUARE, inside, mostCovered(nearness));
    const ids = withRoom(seen, PIXELS, SQUARE, keepingOrder(roomy, scene.rows, before));
    before = new Set(Array.from(ids, (id) => scene.rows[id]));
    return result(scene, ids, SQUARE);
  }

  return { still, moving };
}

const PIXELS = [1, 1]; // per pixel

/** Pixels per unit at the first view. */
function firstScale({ width, height }, { x, y }) {
  return [width / (x[1] - x[0]), height / (y[1] - y[0])];
}

function isSeen({ x, y }, id, { width, height }, side) {
  return x[id] > -side && y[id] > -side && x[id] < width + side && y[id] < height + side;
}

/**
 * Writes pictures into an ImageData. seen {x, y}: pixels of the page; ratio: of the image, per pixel of the page;
 * colourOf(id) -> [red, green, blue]; opacity: 1 covers what lies below.
 */
export function stampPictures(image, { ids, side, imageOf: pixelsOf }, seen, { theme, ratio, opacity, colourOf }) {
  const size = Math.round((side - GAP) * ratio);
  const frame = Math.max(1, Math.round(FRAME * ratio));
  const alpha = Math.round(255 * opacity);
  const ink = wordsOf(inkRamp(theme), alpha);
  const sources = Uint8Array.from({ length: size }, (_, at) => ((at - frame + 0.5) * SIDE) / (size - 2 * frame));
  const words = { data: new Uint32Array(image.data.buffer), width: image.width, height: image.height };
  for (const id of ids) {
    const corner = [Math.round(seen.x[id] * ratio - size / 2), Math.round(seen.y[id] * ratio - size / 2)];
    stamp(words, corner, { size, frame, sources, ink, pixels: pixelsOf(id), edge: wordOf(...colourOf(id), alpha) });
  }
}

function stamp({ data, width, height }, [left, top], { size, frame, sources, ink, pixels, edge }) {
  const right = Math.min(size, width - left);
  const bottom = Math.min(size, height - top);
  for (let row = Math.max(0, -top); row < bottom; row += 1) {
    const outside = row < frame || row >= size - frame;
    const source = SIDE * sources[row];
    for (let column = Math.max(0, -left); column < right; column += 1) {
      const framed = outside || column < frame || column >= size - frame;
      data[(top + row) * width + left + column] = framed ? edge : ink[pixels[source + sources[column]]];
    }
  }
}

function wordsOf(ramp, alpha) {
  return Uint32Array.from({ length: 256 }, (_, level) => wordOf(...ramp.subarray(4 * level, 4 * level + 3), alpha));
}

function wordOf(red, green, blue, alpha) {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
