import assert from "node:assert/strict";
import { test } from "node:test";
import { labelTable, selectionCsv, selectionStats } from "../../ui/components/map/selection.js";
import { fixture } from "./map_fixture.mjs";

const expected = fixture("map_selection");
const columns = [0, 1].map((k) => Float32Array.from(expected.codes, (code) => code[k]));
const errors = Float32Array.from(expected.errors);

test("a selection counts its labels and averages its errors", () => {
  const stats = selectionStats(expected.chosen, expected.labels, errors);
  assert.equal(stats.size, 80);
  assert.deepEqual(stats.counts, expected.counts);
  assert.ok(Math.abs(stats.meanError - expected.mean_error) < 1e-9);
  assert.equal(selectionStats([], expected.labels, errors).meanError, null);
});

test("the CSV gives back each digit with its label, code and error", () => {
  const [head, ...rows] = selectionCsv(expected.chosen, expected.labels, columns, errors).trimEnd().split("\n");
  assert.equal(head, "index,label,code_0,code_1,error");
  assert.equal(rows.length, 80);
  rows.forEach((row, i) => {
    const [index, label, a, b, error] = row.split(",").map(Number);
    assert.equal(index, expected.chosen[i]);
    assert.equal(label, expected.labels[index]);
    assert.ok(Math.abs(a - expected.codes[index][0]) < 1e-5);
    assert.ok(Math.abs(b - expected.codes[index][1]) < 1e-5);
    assert.ok(Math.abs(error - expected.errors[index]) < 1e-8);
  });
});

test("the table gives mean code, spread and nearest other label, as NumPy does", () => {
  const rows = labelTable(expected.chosen, expected.labels, columns, errors);
  assert.deepEqual(rows.map((row) => row.count), expected.counts);
  assert.deepEqual(rows.map((row) => row.nearest), expected.nearest);
  rows.forEach((row) => {
    assert.ok(Math.abs(row.mean[0] - expected.means[row.label][0]) < 1e-5);
    assert.ok(Math.abs(row.mean[1] - expected.means[row.label][1]) < 1e-5);
    assert.ok(Math.abs(row.spread - expected.spread[row.label]) < 1e-4);
  });
});

test("a label alone has no nearest other", () => {
  const [row] = labelTable([3], [0, 0, 0, 7], [[0, 0, 0, 2]], [0, 0, 0, 0.1]);
  assert.deepEqual([row.label, row.nearest, row.spread], [7, null, 0]);
});
