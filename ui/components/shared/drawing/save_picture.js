// Saves a canvas as a PNG of its own size and grey levels: white ink on black, as in MNIST.

import { element } from "../element.js";

const KEPT = 1000; // milliseconds until the browser has begun to save

export function savePicture(canvas) {
  canvas.toBlob((picture) => {
    const url = URL.createObjectURL(picture);
    element("a", { href: url, download: "digit.png" }).click();
    setTimeout(() => URL.revokeObjectURL(url), KEPT);
  }, "image/png");
}
