// Digits as ink on paper: 784 grey bytes, 255 = ink, in the colours of the theme.

import { mix } from "./colours.js";

export const SIDE = 28; // pixels along one side of a digit
export const PIXELS = SIDE * SIDE;

/** A canvas for one digit; CSS enlarges it. */
export function digitCanvas() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  canvas.className = "lab-digit";
  return canvas;
}

/** Draws (784,) bytes; `ramp` comes from inkRamp. */
export function drawDigit(canvas, bytes, ramp) {
  const image = new ImageData(inkOnPaper(bytes, ramp), SIDE, SIDE);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** (784,) bytes -> (3136,) red, green, blue, opacity of each pixel. */
export function inkOnPaper(bytes, ramp) {
  const pixels = new Uint8ClampedArray(bytes.length * 4);
  bytes.forEach((ink, index) => pixels.set(ramp.subarray(4 * ink, 4 * ink + 4), 4 * index));
  return pixels;
}

/** (1024,) bytes: the colour of each of the 256 amounts of ink, from the theme's paper to its text. */
export function inkRamp(theme) {
  const ramp = new Uint8ClampedArray(1024);
  for (let ink = 0; ink < 256; ink += 1) {
    ramp.set([...mix(theme.background, theme.text, ink / 255), 255], 4 * ink);
  }
  return ramp;
}
