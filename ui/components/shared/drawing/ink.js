// Ink on a square of 280 × 280 dots, ten along each of a digit's 28 pixels: 0 is paper, 255 is ink. Pure.

import { SIDE } from "../digits.js";

export const FINE = 10; // dots along a pixel's side
export const WIDE = SIDE * FINE; // dots along the square's side
const PEN = 12; // dots, half of the pen's width: 2.4 pixels wide, as the strokes of MNIST's digits are

export function blank() {
  return new Uint8Array(WIDE * WIDE);
}

/** A line of the pen with round ends, from one place to another, both [x, y] in dots; what lies beside the square is lost. */
export function drawLine(ink, [ax, ay], [bx, by]) {
  const [left, right] = within(Math.min(ax, bx), Math.max(ax, bx));
  const [top, bottom] = within(Math.min(ay, by), Math.max(ay, by));
  const [dx, dy] = [bx - ax, by - ay];
  const squared = dx * dx + dy * dy;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const [px, py] = [x + 0.5 - ax, y + 0.5 - ay];
      const along = squared ? Math.max(0, Math.min(1, (px * dx + py * dy) / squared)) : 0;
      const covered = PEN + 0.5 - Math.hypot(px - along * dx, py - along * dy); // of the dot: 0 … 1 along the pen's edge
      const grey = Math.round(255 * Math.min(1, covered));
      if (grey > ink[y * WIDE + x]) ink[y * WIDE + x] = grey;
    }
  }
}

/** The dots that a pen between two places can reach along one side. */
function within(low, high) {
  return [Math.max(0, Math.floor(low - PEN - 1)), Math.min(WIDE - 1, Math.ceil(high + PEN + 1))];
}

/** All dots of one pixel, counted row by row. */
export function fillPixel(ink, pixel, grey) {
  const [left, top] = [(pixel % SIDE) * FINE, Math.floor(pixel / SIDE) * FINE];
  for (let y = top; y < top + FINE; y++) ink.fill(grey, y * WIDE + left, y * WIDE + left + FINE);
}

/** Whether more than half of a pixel is ink. */
export function isInked(ink, pixel) {
  const [left, top] = [(pixel % SIDE) * FINE, Math.floor(pixel / SIDE) * FINE];
  let sum = 0;
  for (let y = top; y < top + FINE; y++) for (let x = left; x < left + FINE; x++) sum += ink[y * WIDE + x];
  return sum > (255 * FINE * FINE) / 2;
}
