import assert from "node:assert/strict";
import { test } from "node:test";
import { errorsByPart, labelCounts, labelTable, selectionCsv } from "../../ui/components/map/data/selection_summary.js";
import { fixture } from "./map_fixture.mjs";

const expected = fixture("map_selection");
const columns = [0, 1].map((k) => Float32Array.from(expected.codes, (code) => code[k]));
const errors = Float32Array.from(expected.errors);

test("a selection counts its labels and averages its errors", () => {
  assert.deepEqual(labelCounts(expected.chosen, expected.labels, 10), expected.counts);
  const [all, ...more] = errorsByPart(expected.chosen, errors, Infinity);
  assert.deepEqual([all.part, all.count, more], ["training", 80, []]);
  assert.ok(Math.abs(all.error - expected.mean_error) < 1e-9);
  assert.deepEqual(errorsByPart([], errors, Infinity), []);
});

test("errors of digits that were trained on and of others are told apart", () => {
  const parts = errorsByPart([0, 1, 2], [1, 3, 8], 2);
  assert.deepEqual(parts, [{ part: "training", count: 2, error: 2 }, { part: "held_out", count: 1, error: 8 }]);
});

test("the CSV gives back each digit with its label, code and error", () => {
  const mapData = { start: 0, labels: expected.labels, errors, labelled: true, classes: [..."0123456789"], fileRows: null };
  const [head, ...rows] = selectionCsv(mapData, expected.chosen, columns, "code").trimEnd().split("\n");
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

test("the CSV of images that somebody brought has their row in the file and their label's name, and no label where there is none", () => {
  const brought = {
    start: 1, labels: Uint8Array.from([1, 0]), errors: Float32Array.from([0.5, 0.25]), classes: ["ñ", 'a, "b"'], labelled: true,
    fileRows: Int32Array.from([900, 7, 40_000]),
  };
  const one = [Float32Array.from([1, 2])];
  assert.equal(selectionCsv(brought, [0, 1], one, "axis"), 'index,row,label,axis_0,error\n1,7,"a, ""b""",1,0.5\n2,40000,ñ,2,0.25\n');
  const unlabelled = { ...brought, labelled: false, classes: ["–"] };
  assert.equal(selectionCsv(unlabelled, [0], one, "code"), "index,row,code_0,error\n1,7,1,0.5\n");
});

test("the table gives mean code, spread and nearest other label, as NumPy does", () => {
  const rows = labelTable(expected.chosen, expected.labels, 10, columns, errors);
  assert.deepEqual(rows.map((row) => row.count), expected.counts);
  assert.deepEqual(rows.map((row) => row.nearest), expected.nearest);
  rows.forEach((row) => {
    assert.ok(Math.abs(row.mean[0] - expected.means[row.label][0]) < 1e-5);
    assert.ok(Math.abs(row.mean[1] - expected.means[row.label][1]) < 1e-5);
    assert.ok(Math.abs(row.spread - expected.spread[row.label]) < 1e-4);
  });
});

test("a table without errors says none", () => {
  const [row] = labelTable([0, 1], [5, 5], 10, [[0, 2]], null);
  assert.deepEqual([row.label, row.mean, row.error], [5, [1], null]);
});

test("a label alone has no nearest other", () => {
  const [row] = labelTable([3], [0, 0, 0, 7], 10, [[0, 0, 0, 2]], [0, 0, 0, 0.1]);
  assert.deepEqual([row.label, row.nearest, row.spread], [7, null, 0]);
});
