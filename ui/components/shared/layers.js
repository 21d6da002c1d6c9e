// A network's layers on typed arrays, dense or convolutional, the same numbers as Keras.

import { dequantise } from "./bundle.js";
import { ACTIVATIONS } from "./activations.js";
import { gather, KERNEL, spreadOut } from "./convolution.js";

/** Bundle of layers -> {inputs, outputs(values) -> what leaves the last layer, reused by the next call}. */
export function makeLayers({ header, arrays }) {
  const layers = header.layers.map((layer, index) => makeLayer(layer, arrays, index));
  return {
    inputs: layers[0].inputs,
    outputs: (values) => layers.reduce((entering, layer) => forward(layer, entering), values),
  };
}

function makeLayer({ activation, inputs, outputs, convolution }, arrays, index) {
  const activate = ACTIVATIONS[activation];
  if (!activate) throw new Error(`A layer asks for the unknown activation ${activation}.`);
  const given = arrays[`weights_${index}`]; // (inputs, outputs), row-major; in a file as steps, which are half the bytes
  const weights = given.low ? dequantise(given) : given.data;
  const spreads = convolution?.transposed ? convolution.side ** 2 * KERNEL * KERNEL * convolution.channels_out : 0;
  return {
    inputs, weights, bias: arrays[`bias_${index}`].data, activate, convolution,
    output: new Float32Array(outputs), spread: new Float32Array(spreads), // of a transposed one: what each pixel spreads where
  };
}

function forward(layer, input) {
  if (!layer.convolution) multiply(layer, input);
  else if (layer.convolution.transposed) spreadOut(layer, input);
  else gather(layer, input);
  layer.activate(layer.output);
  return layer.output;
}

/** Row by row over the weights, so that memory is read in order; zeros (ReLU makes many) cost nothing. */
function multiply({ weights, bias, output }, input) {
  const width = output.length;
  output.set(bias);
  for (let row = 0; row < input.length; row++) {
    const value = input[row];
    if (value === 0) continue;
    const start = row * width;
    for (let column = 0; column < width; column++) output[column] += value * weights[start + column];
  }
}
