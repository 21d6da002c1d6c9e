// Numbers to colours. A point's colour is a place 0..1 on a Plotly colour scale, so that recolouring 70,000 points
// moves numbers and no strings.

import { hexOf, mix, rgbOfHex } from "../../shared/colours.js";

/** Dark-to-bright and even in lightness (cividis; Nuñez, Anderton, Renslow 2018, made for colour-vision deficiency). */
export const SEQUENTIAL = [
  "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838",
];

/** n colours -> a scale of n flat steps; the value (i + 0.5) / n shows colour i. */
export function stepScale(colours) {
  return colours.flatMap((colour, i) => [[i / colours.length, colour], [(i + 1) / colours.length, colour]]);
}

/** n colours -> a smooth scale from the first (0) to the last (1). */
export function smoothScale(colours) {
  return colours.map((colour, i) => [i / (colours.length - 1), colour]);
}

/** Labels 0..count-1 -> values in the middle of their step. */
export function stepValues(labels, count) {
  return Float32Array.from(labels, (label) => (label + 0.5) / count);
}

/** Values -> 0..1 between their 1st and 99th percentile: one outlier must not wash out the rest. */
export function rankedRange(values, low = 0.01, high = 0.99) {
  const sorted = Float32Array.from(values).sort();
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return [at(low), at(high)];
}

export function spreadValues(values, [low, high]) {
  const width = high - low || 1;
  return Float32Array.from(values, (value) => Math.max(0, Math.min(1, (value - low) / width)));
}

/** The colour that Plotly gives to a value 0..1 on a scale [[place, "#rrggbb"], …], for what we draw ourselves. */
export function colourAt(scale, value) {
  const upper = Math.max(1, scale.findIndex(([place]) => place > value));
  const [[from, a], [to, b]] = value >= 1 ? scale.slice(-2) : scale.slice(upper - 1, upper + 1);
  const share = to > from ? (value - from) / (to - from) : 1;
  return hexOf(mix(rgbOfHex(a), rgbOfHex(b), share));
}
