// What is drawn: which digits, where, in what order, with what value on the colour scale. Pure.

import { DIGIT_COLOURS } from "../../shared/colours.js";
import { shapeOf } from "../../shared/shapes.js";
import { shuffledOrder } from "../../shared/shuffle.js";
import { litValue, MUTED_VALUE } from "./colourings.js";
import { paddedRange } from "../data/geometry.js";
import { firstRanges } from "../data/window.js";
import { stackHeights } from "./histogram.js";

/**
 * mapData: {labels, classes}; columns: k arrays of positions of the rows from `start`
 * -> {start, x, y, z?}; one dimension is stacked.
 */
export function positionsOf({ labels, classes }, columns, start, span = paddedRange(columns[0])) {
  const [x, y, z] = columns;
  if (y) return { start, x, y, z };
  return { start, x, y: stackHeights(x, labels.subarray(start, start + x.length), classes.length, span) };
}

/**
 * -> {rows, x, y, z?, values, shapes}: the digits drawn, each label as likely on top as any other; those that step back
 * (another label than the one isolated, or outside the selection) lie under the rest. `lit`: first row that does not.
 * A replay (epoch not null) has held-out digits only, and shows them all.
 */
export function makeScene(mapData, positions, values, { digits, label, colour, epoch = null }, chosen = null) {
  const part = epoch === null ? digits : "all";
  const shown = orderOf(positions.x.length).filter((i) => isShown(mapData, positions.start + i, part));
  const isLit = (i) => isLitRow(mapData, positions.start + i, label, chosen);
  const back = shown.filter((i) => !isLit(i));
  const front = shown.filter(isLit);
  const order = new Uint32Array(shown.length);
  order.set(back);
  order.set(front, back.length);
  const colours = Float32Array.from(order, (i) => litValue(values[positions.start + i]));
  return {
    rows: order.map((i) => i + positions.start),
    ...pickAxes(positions, order),
    values: colours.fill(MUTED_VALUE, 0, back.length),
    shapes: shapesOf(mapData, positions, order, colour),
    lit: back.length,
  };
}

/** The shape of each digit drawn, where there are more labels than colours: of the label that colours it; else null. */
function shapesOf({ labels, classes, neighbours }, { start }, order, colour) {
  if (classes.length <= DIGIT_COLOURS.length) return null;
  const shown = (colour === "predicted" && neighbours?.predicted) || labels;
  return Uint8Array.from(order, (i) => shapeOf(shown[start + i]));
}

/** {x, y, z?} ranges of the first view: nearly all digits fill them, outliers lie outside. */
export function homeRanges({ x, y, z }, columns) {
  if (columns.length === 1) return { ...firstRanges({ x }), y: stackRange(y) };
  return firstRanges(z ? { x, y, z } : { x, y });
}

/** {x, y, z?} ranges that show every position. */
export function allRanges({ x, y, z }, columns) {
  const plane = { x: paddedRange(x), y: columns.length === 1 ? stackRange(y) : paddedRange(y) };
  return z ? { ...plane, z: paddedRange(z) } : plane;
}

function stackRange(heights) {
  return [0, heights.reduce((top, height) => Math.max(top, height), 1) * 1.25];
}

function pickAxes(positions, order) {
  const pick = (values) => Float32Array.from(order, (i) => values[i]);
  const axes = { x: pick(positions.x), y: pick(positions.y) };
  return positions.z ? { ...axes, z: pick(positions.z) } : axes;
}

function isShown(mapData, row, part) {
  return part === "all" || row < mapData.trainingRows === (part === "training");
}

function isLitRow(mapData, row, label, chosen) {
  return (label === null || mapData.labels[row] === label) && (!chosen || chosen[row] === 1);
}

const orders = new Map();

function orderOf(n) {
  if (!orders.has(n)) orders.set(n, shuffledOrder(n));
  return orders.get(n);
}
