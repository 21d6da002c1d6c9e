// The decoder in the browser: from a code to a picture, the same numbers as Keras.

import { makeLayers } from "./layers.js";

/** Decoder bundle -> {inputs, outputs(code), decode(code), compare(code, original)}. */
export function makeDecoder(bundle) {
  const { inputs, outputs } = makeLayers(bundle);
  const scale = bundle.header.output_scale;
  let grey = new Uint8ClampedArray(0);

  function drawn(made) {
    if (grey.length !== made.length) grey = new Uint8ClampedArray(made.length);
    for (let i = 0; i < grey.length; i++) grey[i] = made[i] * scale;
    return grey;
  }

  return {
    inputs,
    /** code: array of d numbers -> (784,) outputs in the network's own units, reused by the next call. */
    outputs,
    /** code: array of d numbers -> (784,) grey levels 0..255, rounded and clipped, reused by the next call. */
    decode: (code) => drawn(outputs(code)),
    /** original: (784,) grey levels -> {grey: as `decode`, error: MSE per pixel on [0, 1] before clipping, as NumPy has it}. */
    compare(code, original) {
      const made = outputs(code);
      const error = made.reduce((sum, value, i) => sum + ((value * scale - original[i]) / 255) ** 2, 0) / made.length;
      return { grey: drawn(made), error };
    },
  };
}

/** Place p on the plane -> latent code = origin + p @ basis (d numbers). */
export function placeToCode(place, origin, basis) {
  const code = Float32Array.from(origin);
  basis.forEach((direction, axis) => {
    for (let i = 0; i < code.length; i++) code[i] += place[axis] * direction[i];
  });
  return code;
}
