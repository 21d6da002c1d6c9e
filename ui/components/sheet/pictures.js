// Digits of the sheet: bytes out of the page's data, and pictures made of them.

import { bytesOf } from "../shared/bytes.js";
import { css, mix, rgbOfHex } from "../shared/colours.js";
import { digitCanvas, PIXELS, SIDE } from "../shared/digits.js";
import { element } from "../shared/element.js";
import { greyCanvas } from "../shared/grey_canvas.js";

const ADDED = rgbOfHex("#e76300");
const MISSING = rgbOfHex("#3f90da");

/** Base64 of n × 784 bytes -> n arrays of (784,) grey levels. */
export function digitsOf(base64) {
  const bytes = bytesOf(base64);
  return Array.from({ length: bytes.length / PIXELS }, (_, i) => bytes.subarray(i * PIXELS, (i + 1) * PIXELS));
}

/** (784,) twice -> (3136,) red, green, blue, opacity: paper where they agree, orange for ink added, blue for missing. */
export function differenceOf(original, reconstruction, paper) {
  const pixels = new Uint8ClampedArray(PIXELS * 4);
  for (let i = 0; i < PIXELS; i++) {
    const added = reconstruction[i] - original[i];
    pixels.set([...mix(paper, added > 0 ? ADDED : MISSING, Math.abs(added) / 255), 255], 4 * i);
  }
  return pixels;
}

/** A canvas whose red channel is the grey level itself. */
export function greyPicture(testid, bytes) {
  const picture = greyCanvas(testid);
  picture.draw(bytes);
  return picture.canvas;
}

export function differencePicture(original, reconstruction, paper) {
  const canvas = digitCanvas();
  canvas.dataset.testid = "difference";
  canvas.style.background = css(paper);
  const image = new ImageData(differenceOf(original, reconstruction, paper), SIDE, SIDE);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** A thin bar; a value of `full` or more fills it. */
export function thinBar(value, full, kind = "") {
  const filled = Math.min(1, full > 0 ? value / full : 0);
  return element("span", { class: `lab-bar ${kind}`.trim(), "aria-hidden": "true" },
    element("i", { style: `width:${(100 * filled).toFixed(1)}%` }));
}
