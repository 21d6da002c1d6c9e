// The encoder in the browser: from a picture to its code, the same numbers as Keras.

import { makeLayers } from "./layers.js";

/** Encoder bundle -> {inputs, encode(grey) -> Float32Array of d numbers, reused by the next call}. */
export function makeEncoder(bundle) {
  const { inputs, outputs } = makeLayers(bundle);
  const scale = bundle.header.input_scale;
  const pixels = new Float32Array(inputs);
  return {
    inputs,
    /** grey: (784,) grey levels 0..255 -> (d,) code; of a variational network its mean. */
    encode(grey) {
      for (let i = 0; i < inputs; i++) pixels[i] = grey[i] * scale;
      return outputs(pixels);
    },
  };
}
