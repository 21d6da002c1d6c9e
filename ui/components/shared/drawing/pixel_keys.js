// Where the keys lead on the grid of 28 × 28 pixels. Pure.

import { SIDE } from "../digits.js";

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -SIDE], End: [0, SIDE] };

/** The pixel that a key leads to from another, both counted row by row; null of a key that leads nowhere. It stops at the edges. */
export function pixelAfter(key, pixel) {
  const step = STEPS[key];
  if (!step) return null;
  const [row, column] = [Math.floor(pixel / SIDE), pixel % SIDE].map((at, axis) => Math.max(0, Math.min(SIDE - 1, at + step[axis])));
  return row * SIDE + column;
}
