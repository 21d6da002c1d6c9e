// A drawing in the form of MNIST's digits: fitted into 20 × 20 pixels, then placed in 28 × 28 by its centre of mass. Pure.
//
// LeCun, Cortes and Burges, "The MNIST database of handwritten digits": "size normalized to fit in a 20x20 pixel box while
// preserving their aspect ratio … grey levels as a result of the anti-aliasing … centered in a 28x28 image by computing the
// center of mass of the pixels". Of the 10,000 test digits each centre lies between 13.5 and 14.5, counted from 0.

import { PIXELS, SIDE } from "../digits.js";

const BOX = 20; // pixels along the longer side of a digit

/** (wide²,) ink 0..255 -> (784,) grey levels, or null where nothing is drawn. */
export function inMnistForm(ink, wide) {
  const box = boxOf(ink, wide);
  return box && placed(fitted(ink, wide, box));
}

/** {left, top, width, height} of all dots that are not paper; null where there is none. */
function boxOf(ink, wide) {
  let [left, right, top, bottom] = [wide, -1, wide, -1];
  for (let i = 0; i < ink.length; i++) {
    if (!ink[i]) continue;
    const [x, y] = [i % wide, Math.floor(i / wide)];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    bottom = y;
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Each pixel is the mean of the dots that it covers, some of them in part: {grey: row by row, width, height} in pixels. */
function fitted(ink, wide, box) {
  const dots = Math.max(box.width, box.height) / BOX; // along a pixel's side
  const across = shares(box.width, dots);
  const down = shares(box.height, dots);
  const width = across.at(-1).pixel + 1;
  const height = down.at(-1).pixel + 1;
  const grey = new Float64Array(width * height);
  const line = new Float64Array(width);
  let done = -1; // the row of dots that `line` holds
  for (const { dot: y, pixel: row, share } of down) {
    if (y !== done) {
      const from = (box.top + y) * wide + box.left;
      line.fill(0);
      for (const { dot, pixel, share: part } of across) line[pixel] += part * ink[from + dot];
      done = y;
    }
    for (let column = 0; column < width; column++) grey[row * width + column] += share * line[column];
  }
  return { grey: grey.map(Math.round), width, height };
}

/** How a row of dots falls into pixels: [{dot, pixel, share of the pixel's side}], in order; a dot may reach into several. */
function shares(count, dots) {
  const parts = [];
  for (let dot = 0; dot < count; dot++) {
    const [from, to] = [dot / dots, (dot + 1) / dots];
    for (let pixel = Math.floor(from + TINY); pixel < to - TINY; pixel++) {
      parts.push({ dot, pixel, share: Math.min(to, pixel + 1) - Math.max(from, pixel) });
    }
  }
  return parts;
}

const TINY = 1e-9; // below it an overlap is an error of rounding

/** Its centre of mass comes as near to the pixel in row and column 14 as whole pixels allow; nothing is cut off. */
function placed({ grey, width, height }) {
  let [sum, across, down] = [0, 0, 0];
  grey.forEach((value, i) => {
    sum += value;
    across += value * (i % width);
    down += value * Math.floor(i / width);
  });
  if (!sum) return null; // so faint that nothing is left of it
  const [left, top] = [offset(across / sum, width), offset(down / sum, height)];
  const picture = new Uint8ClampedArray(PIXELS);
  grey.forEach((value, i) => { picture[(top + Math.floor(i / width)) * SIDE + left + (i % width)] = value; });
  return picture;
}

function offset(centre, length) {
  return Math.max(0, Math.min(SIDE - length, Math.ceil((SIDE - 1) / 2 - centre)));
}
