// The decoder in the browser: dense layers on typed arrays, the same numbers as Keras.

/** Decoder bundle -> {inputs, decode(code) -> Uint8ClampedArray of 784 grey levels, reused by the next call}. */
export function makeDecoder({ header, arrays }) {
  const layers = header.layers.map((layer, index) => makeLayer(layer, arrays, index));
  const last = layers[layers.length - 1].output;
  const grey = new Uint8ClampedArray(last.length);
  return {
    inputs: layers[0].inputs,
    /** code: array of d numbers -> (784,) grey levels 0..255, rounded and clipped. */
    decode(code) {
      let values = code;
      for (const layer of layers) values = forward(layer, values);
      for (let i = 0; i < grey.length; i++) grey[i] = last[i] * header.output_scale;
      return grey;
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

/** In place on a Float32Array; the functions and their constants are Keras's defaults. */
export const ACTIVATIONS = {
  linear: () => {},
  relu: each((x) => (x > 0 ? x : 0)),
  sigmoid: each(sigmoid),
  tanh: each(Math.tanh),
  silu: each((x) => x * sigmoid(x)),
  gelu: each((x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2))),
  elu: each((x) => (x > 0 ? x : Math.expm1(x))),
  selu: each((x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))),
  softplus: each((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
};

/** The error function to 1.2e-7 (erfcc of Numerical Recipes, section 6.2). */
export function erf(x) {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  let polynomial = 0;
  for (const coefficient of ERFC_COEFFICIENTS) polynomial = polynomial * t + coefficient;
  const tail = t * Math.exp(-x * x + polynomial);
  return x >= 0 ? 1 - tail : tail - 1;
}

const ERFC_COEFFICIENTS = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
  -1.26551223,
];

function makeLayer({ activation, inputs, outputs }, arrays, index) {
  const activate = ACTIVATIONS[activation];
  if (!activate) throw new Error(`The decoder asks for the unknown activation ${activation}.`);
  const weights = arrays[`weights_${index}`].data; // (inputs, outputs), row-major
  return { inputs, weights, bias: arrays[`bias_${index}`].data, activate, output: new Float32Array(outputs) };
}

/** Row by row over the weights, so that memory is read in order; zeros (ReLU makes many) cost nothing. */
function forward({ weights, bias, activate, output }, input) {
  const width = output.length;
  output.set(bias);
  for (let row = 0; row < input.length; row++) {
    const value = input[row];
    if (value === 0) continue;
    const start = row * width;
    for (let column = 0; column < width; column++) output[column] += value * weights[start + column];
  }
  activate(output);
  return output;
}

function each(f) {
  return (values) => {
    for (let i = 0; i < values.length; i++) values[i] = f(values[i]);
  };
}

function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}
