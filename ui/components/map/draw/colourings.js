// By what the points are coloured: a value 0..1 for each digit, and the scale that turns it into a colour.

import { colourOf } from "../../shared/colours.js";
import { rankedRange, SEQUENTIAL, smoothScale, spreadValues, stepScale, stepValues } from "./colour_scales.js";

export const COLOURINGS = ["label", "part", "error", "mixed", "predicted"];
export const PART_COLOURS = ["#94a4a2", "#e76300"]; // training digits step back, held-out ones stand out
const ON_NEIGHBOURS = ["mixed", "predicted"];
const LIT = 0.9; // values above it are muted

/** Those that say something of these digits: the names of their labels, and what they have around them, or neither. */
export function colouringsOf({ labelled, load }) {
  return COLOURINGS.filter((colour) => !needsNeighbours(colour) || (labelled && load.neighbours.offered));
}

export function needsNeighbours(colour) {
  return ON_NEIGHBOURS.includes(colour);
}

/** -> {values (n,) 0..1, scale for Plotly, range: what 0 and 1 stand for, or null where colours are classes}. */
export function colouring(mapData, colour, dark) {
  const ofLabels = mapData.classes.map((_, label) => colourOf(label));
  if (colour === "label") return inSteps(mapData.labels, ofLabels);
  if (colour === "predicted") return inSteps(mapData.neighbours.predicted, ofLabels);
  if (colour === "part") return inSteps(partsOf(mapData), PART_COLOURS);
  const { values, range } = colour === "error" ? errorsOf(mapData) : mixedOf(mapData);
  return { values, scale: smoothScale(sequential(dark)), range };
}

/** High values stand out: dark on a light page, bright on a dark one; the end that would vanish is cut. */
export function sequential(dark) {
  return dark ? SEQUENTIAL.slice(2) : SEQUENTIAL.slice(0, 9).reverse();
}

/** A scale that keeps its top for points that step back. */
export function withMuted(scale, muted) {
  return [...scale.map(([place, colour]) => [place * LIT, colour]), [LIT, muted], [1, muted]];
}

export const litValue = (value) => value * LIT;
export const MUTED_VALUE = 1;

function inSteps(labels, colours) {
  return { values: stepValues(labels, colours.length), scale: stepScale(colours), range: null };
}

function partsOf(mapData) {
  return Uint8Array.from({ length: mapData.n }, (_, row) => (row < mapData.trainingRows ? 0 : 1));
}

function errorsOf({ errors }) {
  const range = rankedRange(errors);
  return { values: spreadValues(errors, range), range };
}

function mixedOf({ neighbours }) {
  return { values: Float32Array.from(neighbours.mixed, (share) => share / 255), range: [0, 1] };
}
