// A map on a tile: some hundred digits, drawn at once.

import { fetchBytes } from "../shared/bytes.js";
import { DIGIT_COLOURS, rgbOfHex } from "../shared/colours.js";
import { fillPaper, stampDot } from "../shared/dots.js";
import { placed } from "../shared/frames.js";
import { brushesOf, shapeOf } from "../shared/shapes.js";
import { shuffledOrder } from "../shared/shuffle.js";

const INKS = DIGIT_COLOURS.map(rgbOfHex);
const RADIUS = 1.6; // of a digit's dot, in CSS pixels
const known = new Map(); // labels by address: the same for all tiles

/** The labels at an address; fetched once. */
export function labelsAt(url) {
  if (!known.has(url)) {
    const labels = fetchBytes(url);
    labels.catch(() => known.delete(url)); // asked again at the next frame
    known.set(url, labels);
  }
  return known.get(url);
}

/**
 * Draws a frame of frames.js onto a canvas, as large as it stands on the page; labels (count,), classes: how many there
 * are; paper: [red, green, blue].
 */
export function drawMiniMap(canvas, frame, labels, classes, paper) {
  if (!canvas.clientWidth) return;
  const density = window.devicePixelRatio || 1;
  canvas.width = Math.round(canvas.clientWidth * density);
  canvas.height = Math.round(canvas.clientHeight * density);
  const image = new ImageData(canvas.width, canvas.height);
  fillPaper(image, paper);
  const { positions, low, high } = placed(frame, labels, classes);
  const brushes = brushesOf(RADIUS * density);
  for (const index of shuffledOrder(labels.length)) {
    const x = (positions[2 * index] - low[0]) / (high[0] - low[0]) * canvas.width;
    const y = (high[1] - positions[2 * index + 1]) / (high[1] - low[1]) * canvas.height;
    stampDot(image, x, y, brushes[shapeOf(labels[index])], INKS[labels[index] % INKS.length], 0.85);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}
