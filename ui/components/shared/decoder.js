// The decoder in the browser: from a code to a picture, the same numbers as Keras.

import { makeLayers } from "./layers.js";

/** Decoder bundle -> {inputs, outputs(code), decode(code) -> Uint8ClampedArray of 784 grey levels, reused by the next call}. */
export function makeDecoder(bundle) {
  const { inputs, outputs } = makeLayers(bundle);
  const scale = bundle.header.output_scale;
  let grey = new Uint8ClampedArray(0);
  return {
    inputs,
    /** code: array of d numbers -> (784,) outputs in the network's own units, reused by the next call. */
    outputs,
    /** code: array of d numbers -> (784,) grey levels 0..255, rounded and clipped. */
    decode(code) {
      const made = outputs(code);
      if (grey.length !== made.length) grey = new Uint8ClampedArray(made.length);
      for (let i = 0; i < grey.length; i++) grey[i] = made[i] * scale;
      return grey;
    },
    /** The MSE per pixel on [0, 1] of what is drawn for a code, against (784,) grey levels; as NumPy, before it is clipped. */
    errorOf(code, original) {
      const made = outputs(code);
      let sum = 0;
      for (let i = 0; i < made.length; i++) sum += ((made[i] * scale - original[i]) / 255) ** 2;
      return sum / made.length;
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
