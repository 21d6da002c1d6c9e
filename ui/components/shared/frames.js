// A frame: the codes of some thousand digits at a moment of training, and where they stand on a map. Pure.

import { dequantise } from "./bundle.js";
import { bytesOf } from "./bytes.js";
import { medians } from "./names.js";

/** Base64 fields -> positions (count, dims) Float32Array within low..high, reconstructions (n, 784) bytes, pictured (n, d). */
export function decodeFrame(message) {
  const { epoch, dims, projected, low, high, pictured = null } = message;
  const data = new Uint16Array(bytesOf(message.codes).buffer);
  const positions = dequantise({ data, shape: [data.length / dims, dims], low, high });
  const reconstructions = bytesOf(message.reconstructions);
  return { epoch, dims, projected, low, high, count: positions.length / dims, positions, reconstructions, pictured };
}

/**
 * A decoded frame and the labels (count,) -> {positions (count, 2), names (classes, 2), low, high} on the map;
 * names are the medians of the labels. With one latent dimension a digit stands in the row of its label.
 */
export function placed(frame, labels, classes) {
  const { positions, low, high } = frame.dims === 1 ? inRows(frame, labels, classes)
    : { positions: frame.positions, ...withMargin(frame.low, frame.high) };
  return { positions, names: medians(positions, labels, classes), low, high };
}

function inRows(frame, labels, classes) {
  const positions = new Float32Array(2 * frame.count);
  for (let index = 0; index < frame.count; index += 1) {
    positions[2 * index] = frame.positions[index];
    positions[2 * index + 1] = -labels[index] + spread(index);
  }
  const { low, high } = withMargin(frame.low, frame.high);
  return { positions, low: [low[0], 0.5 - classes], high: [high[0], 0.5] };
}

/** Bounds with a margin. A collapsed axis keeps a twentieth of the other, so that it looks collapsed. */
export function withMargin(low, high) {
  const extents = low.map((least, axis) => high[axis] - least);
  const least = Math.max(...extents) / 20 || 1;
  const half = extents.map((extent) => 0.53 * Math.max(extent, least));
  const middle = low.map((least, axis) => (least + high[axis]) / 2);
  return { low: middle.map((at, axis) => at - half[axis]), high: middle.map((at, axis) => at + half[axis]) };
}

/** A place within the row, spread evenly: -0.36 .. 0.36, by the golden ratio. */
function spread(index) {
  return 0.72 * ((index * 0.6180339887) % 1) - 0.36;
}
