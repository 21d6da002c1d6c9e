// The decoder in the browser: layers on typed arrays, dense or convolutional, the same numbers as Keras.

/** Decoder bundle -> {inputs, outputs(code), decode(code) -> Uint8ClampedArray of 784 grey levels, reused by the next call}. */
export function makeDecoder({ header, arrays }) {
  const layers = header.layers.map((layer, index) => makeLayer(layer, arrays, index));
  const last = layers[layers.length - 1].output;
  const grey = new Uint8ClampedArray(last.length);
  function outputs(code) {
    let values = code;
    for (const layer of layers) values = forward(layer, values);
    return values;
  }
  return {
    inputs: layers[0].inputs,
    /** code: array of d numbers -> (784,) outputs in the network's own units, reused by the next call. */
    outputs,
    /** code: array of d numbers -> (784,) grey levels 0..255, rounded and clipped. */
    decode(code) {
      outputs(code);
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

function makeLayer({ activation, inputs, outputs, convolution }, arrays, index) {
  const activate = ACTIVATIONS[activation];
  if (!activate) throw new Error(`The decoder asks for the unknown activation ${activation}.`);
  const weights = arrays[`weights_${index}`].data; // (inputs, outputs), row-major
  const places = convolution ? convolution.side ** 2 * KERNEL * KERNEL * convolution.channels_out : 0;
  return {
    inputs, weights, bias: arrays[`bias_${index}`].data, activate, convolution,
    output: new Float32Array(outputs), spread: new Float32Array(places), // of a convolution: what each pixel spreads where
  };
}

/** Row by row over the weights, so that memory is read in order; zeros (ReLU makes many) cost nothing. */
function forward(layer, input) {
  if (layer.convolution) return spreadOut(layer, input);
  const { weights, bias, activate, output } = layer;
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

const KERNEL = 3; // pixels along a side of what a convolution looks at

/**
 * A transposed convolution: each pixel that enters is spread over the 3 × 3 pixels around its place, what falls off the edges
 * is lost. Weights: (3, 3, channels_out, channels), row-major.
 */
function spreadOut({ weights, bias, activate, output, spread, convolution: shape }, input) {
  const { side, side_out: wide, channels_out: many, stride, margin } = shape;
  products(weights, input, spread, KERNEL * KERNEL * many, shape.channels);
  for (let i = 0; i < output.length; i += many) output.set(bias, i);
  let from = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      for (let place = 0; place < KERNEL * KERNEL; place++, from += many) {
        const y = row * stride + Math.floor(place / KERNEL) - margin;
        const x = column * stride + (place % KERNEL) - margin;
        if (y < 0 || x < 0 || y >= wide || x >= wide) continue;
        const to = (y * wide + x) * many;
        for (let k = 0; k < many; k++) output[to + k] += spread[from + k];
      }
    }
  }
  activate(output);
  return output;
}

/** (rows, channels) weights times each pixel's channels -> (pixels, rows); four pixels at once, so that a weight is read once. */
function products(weights, input, spread, rows, channels) {
  const pixels = input.length / channels;
  let pixel = 0;
  for (; pixel + 4 <= pixels; pixel += 4) {
    const a = pixel * channels;
    const b = a + channels;
    const c = b + channels;
    const d = c + channels;
    let weight = 0;
    for (let row = 0; row < rows; row++) {
      let p = 0;
      let q = 0;
      let r = 0;
      let s = 0;
      for (let channel = 0; channel < channels; channel++) {
        const w = weights[weight++];
        p += input[a + channel] * w;
        q += input[b + channel] * w;
        r += input[c + channel] * w;
        s += input[d + channel] * w;
      }
      const to = pixel * rows + row;
      spread[to] = p;
      spread[to + rows] = q;
      spread[to + 2 * rows] = r;
      spread[to + 3 * rows] = s;
    }
  }
  for (; pixel < pixels; pixel++) {
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let k = 0; k < channels; k++) sum += input[pixel * channels + k] * weights[row * channels + k];
      spread[pixel * rows + row] = sum;
    }
  }
}

function each(f) {
  return (values) => {
    for (let i = 0; i < values.length; i++) values[i] = f(values[i]);
  };
}

function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}
