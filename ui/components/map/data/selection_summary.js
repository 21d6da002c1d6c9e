// Counts, errors and mean codes of chosen digits, and their CSV. Pure.

import { fileRowOf, nameOf } from "./map_data.js";

/** rows: chosen digits; labels (n,) below `classes` -> (classes,) how many there are of each. */
export function labelCounts(rows, labels, classes) {
  const counts = new Array(classes).fill(0);
  for (const row of rows) counts[labels[row]] += 1;
  return counts;
}

/** -> [{part, count, error}]: mean error of the chosen digits, separately for training and held-out ones. */
export function errorsByPart(rows, errors, trainingRows) {
  const parts = { training: rows.filter((row) => row < trainingRows), held_out: rows.filter((row) => row >= trainingRows) };
  return Object.entries(parts)
    .filter(([, own]) => own.length)
    .map(([part, own]) => ({ part, count: own.length, error: average(own, errors) }));
}

/**
 * One line a digit: index in the data set, number in its file, name of the label (where it has them), columns (k arrays of
 * n) named by what they are, error, and the names of the selections that hold it.
 */
export function selectionCsv(mapData, rows, columns, name, selections = []) {
  const parts = [
    ["index", (row) => row + mapData.start],
    ...(mapData.fileRows ? [["row", (row) => fileRowOf(mapData, row)]] : []),
    ...(mapData.labelled ? [["label", (row) => csvText(nameOf(mapData, row))]] : []),
    ...columns.map((column, k) => [`${name}_${k}`, (row) => shortest(column[row])]),
    ["error", (row) => shortest(mapData.errors[row])],
    ["selection", (_row, i) => csvText(selections[i] ?? "")],
  ];
  const lines = rows.map((row, i) => parts.map(([, cell]) => cell(row, i)).join(","));
  return [parts.map(([head]) => head).join(","), ...lines, ""].join("\n");
}

/** A text that people have typed, as a field: a spreadsheet must not take it for a formula, nor a comma in it for the next field. */
function csvText(text) {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** Count, mean error and mean code per label. Labels without digits are left out; error is null if there are no errors. */
export function labelTable(indices, labels, classes, columns, errors) {
  const groups = Array.from({ length: classes }, () => []);
  for (const index of indices) groups[labels[index]].push(index);
  const rows = groups.map((group, label) => groupRow(group, label, columns, errors)).filter((row) => row.count);
  for (const row of rows) row.nearest = nearestLabel(row, rows);
  return rows;
}

/** Spread: root mean squared distance to the mean code. */
function groupRow(group, label, columns, errors) {
  const mean = columns.map((column) => average(group, column));
  const variance = columns.map((column, k) => group.reduce((sum, i) => sum + (column[i] - mean[k]) ** 2, 0));
  const spread = Math.sqrt(variance.reduce((sum, value) => sum + value, 0) / group.length);
  return { label, count: group.length, mean, spread, error: errors && average(group, errors) };
}

function average(group, values) {
  return group.reduce((sum, index) => sum + values[index], 0) / group.length;
}

function nearestLabel(row, rows) {
  const others = rows.filter((other) => other !== row);
  const distance = (other) => Math.hypot(...other.mean.map((value, k) => value - row.mean[k]));
  return others.length ? others.reduce((a, b) => (distance(a) <= distance(b) ? a : b)).label : null;
}

/** A float32 needs at most 9 digits; more would only print the conversion's noise. */
function shortest(value) {
  return String(Number(value.toPrecision(7)));
}
