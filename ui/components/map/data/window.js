// The window on the plane: what it shows at first, how far it may go, and how many digits lie beyond it. Pure.

import { zoomed } from "./geometry.js";

const FIRST_SHOWN = 0.98; // of the digits at least: the rest are outliers, which would squeeze the others
const MARGIN = 0.04; // of the range, on each side
const WIDEST = 4; // times all digits
const INSET = 0.08; // of the window: the strip along its edges where a digit is not in sight yet

/** {axis: (n,) values} -> {axis: [low, high]} that hold 98 of 100 digits in all, and never more room than all need. */
export function firstRanges(columns) {
  const names = Object.keys(columns);
  const share = (1 - FIRST_SHOWN) / names.length / 2; // left out at either end of each axis
  return Object.fromEntries(names.map((name) => [name, inside(columns[name], share)]));
}

function inside(values, share) {
  const sorted = Float32Array.from(values).filter(Number.isFinite).sort();
  if (!sorted.length) return [-1, 1];
  const out = Math.floor(share * sorted.length);
  const [low, high] = [sorted[out], sorted[sorted.length - 1 - out]];
  const pad = (high - low) * MARGIN || Math.max(Math.abs(low) * 0.5, 1);
  return [low - pad, high + pad];
}

/**
 * The window, moved and narrowed just so far that a digit is in sight. points {x, y}: (n,) places of the digits drawn;
 * whole {x, y}: ranges of them all.
 */
export function inSight(window, points, whole) {
  const near = notTooWide(window, whole);
  const centre = [middle(near.x), middle(near.y)];
  const [width, height] = [near.x[1] - near.x[0], near.y[1] - near.y[0]];
  let nearest = null;
  let distance = Infinity; // in halves of the window
  for (let i = 0; i < points.x.length; i += 1) {
    const across = (2 * Math.abs(points.x[i] - centre[0])) / width;
    const up = (2 * Math.abs(points.y[i] - centre[1])) / height;
    const far = across > up ? across : up;
    if (far < 1 - INSET) return near;
    if (far < distance) [nearest, distance] = [i, far];
  }
  if (nearest === null) return near;
  return { x: reaching(near.x, points.x[nearest]), y: reaching(near.y, points.y[nearest]) };
}

function notTooWide(window, whole) {
  const share = (axis) => (window[axis][1] - window[axis][0]) / (whole[axis][1] - whole[axis][0]);
  const most = Math.min(share("x"), share("y"));
  return most > WIDEST ? zoomed(window, [middle(window.x), middle(window.y)], WIDEST / most) : window;
}

/** The range moved so far that a value is within it, clear of its ends. */
function reaching([low, high], value) {
  const inset = 2 * INSET * (high - low);
  const by = Math.min(0, value - low - inset) + Math.max(0, value - high + inset);
  return [low + by, high + by];
}

/** How many points lie beyond each edge of an area in pixels: {left, right, above, below}; one beyond two counts once. */
export function beyond({ x, y }, { width, height }) {
  const counts = { left: 0, right: 0, above: 0, below: 0 };
  for (let i = 0; i < x.length; i += 1) {
    const across = x[i] < 0 ? x[i] : Math.max(0, x[i] - width);
    const down = y[i] < 0 ? y[i] : Math.max(0, y[i] - height);
    if (!(across || down)) continue; // within, or nowhere in the picture
    if (Math.abs(across) >= Math.abs(down)) counts[across < 0 ? "left" : "right"] += 1;
    else counts[down < 0 ? "above" : "below"] += 1;
  }
  return counts;
}

function middle([low, high]) {
  return (low + high) / 2;
}
