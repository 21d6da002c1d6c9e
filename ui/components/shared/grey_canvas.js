// A canvas whose channels are the grey level itself, 0 background and 255 ink; only CSS recolours it.

import { SIDE } from "./digits.js";
import { element } from "./element.js";

/** side: pixels, of a digit 28. */
export function greyCanvas(testid, side = SIDE) {
  const canvas = element("canvas", { width: side, height: side, class: "lab-grey", "data-testid": testid });
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  const image = new ImageData(side, side);
  const words = new Uint32Array(image.data.buffer);
  return {
    canvas,
    /** (side²,) grey levels 0..255. */
    draw(bytes) {
      for (let i = 0; i < words.length; i++) words[i] = 0xff000000 | (bytes[i] * 0x010101);
      brush.putImageData(image, 0, 0);
    },
  };
}
