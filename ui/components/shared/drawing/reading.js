// What a model makes of a drawing: its code, the reconstruction, how far off that is, and the digits with the nearest codes. Pure.

import { nearestMany } from "../nearest.js";
import { percentileOf } from "../percentile.js";

export const NEAREST = 10;

/**
 * model: {encoder, decoder, errors: of the digits judged on, smallest first, columns: the codes of all digits by dimension};
 * picture: (784,) grey levels -> {code, reconstruction, error: MSE per pixel on [0, 1], percentile, nearest: rows}.
 */
export function readingOf({ encoder, decoder, errors, columns }, picture) {
  const code = Float32Array.from(encoder.encode(picture));
  const { grey, error } = decoder.compare(code, picture);
  return {
    code,
    error,
    reconstruction: grey, // reused by the next call
    percentile: percentileOf(errors, error),
    nearest: nearestMany(columns, code, NEAREST),
  };
}

/** The label that most of some rows have, the nearest one's where two are as frequent: {label, count}. */
export function mostFrequent(rows, labels) {
  const counts = new Map();
  for (const row of rows) counts.set(labels[row], (counts.get(labels[row]) ?? 0) + 1);
  const [label, count] = [...counts].reduce((best, each) => (each[1] > best[1] ? each : best));
  return { label, count };
}
