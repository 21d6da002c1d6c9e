import assert from "node:assert/strict";
import { test } from "node:test";
import { errorsByPart, labelCounts, labelTable, selectionCsv } from "../../ui/components/map/data/selection_summary.js";
import { createNamedSelections, namesByDigit, rowsOf } from "../../ui/components/map/data/named_selections.js";
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
  assert.equal(head, "index,label,code_0,code_1,error,selection");
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
  assert.equal(selectionCsv(brought, [0, 1], one, "axis"), 'index,row,label,axis_0,error,selection\n1,7,"a, ""b""",1,0.5,\n2,40000,ñ,2,0.25,\n');
  const unlabelled = { ...brought, labelled: false, classes: ["–"] };
  assert.equal(selectionCsv(unlabelled, [0], one, "code"), "index,row,code_0,error,selection\n1,7,1,0.5,\n");
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

test("the CSV names the selections that hold a digit, whatever their names are", () => {
  const selections = [
    { name: "open, wide", digits: [1, 2] }, { name: "=HYPERLINK(1)", digits: [2] }, { name: 'called "fours"', digits: [3] },
  ];
  const names = namesByDigit(selections, [0, 1, 2, 3]);
  assert.deepEqual(names, ["", "open, wide", "open, wide; =HYPERLINK(1)", 'called "fours"']);
  const columns = [[1, 2, 3, 4]];
  const fours = { start: 0, labels: [0, 0, 0, 0], errors: [0, 0, 0, 0], labelled: true, classes: ["4"], fileRows: null };
  const csvOf = (named) => selectionCsv(fours, [0, 1, 2, 3], columns, "code", named);
  const fields = csvOf([...names.slice(0, 2), "=HYPERLINK(1)", names[3]]).split("\n").slice(1, 5).map((line) => line.split(/,(?=[^,]*$|"|\n)/).at(-1));
  assert.equal(fields[0], "");
  assert.ok(csvOf(names).includes(',"open, wide"\n'));
  assert.equal(fields[2], "'=HYPERLINK(1)"); // no formula
  assert.ok(csvOf(names).includes(',"called ""fours"""\n'));
});

test("a map shows those digits of a selection that it has", () => {
  assert.deepEqual(rowsOf({ digits: [3, 60_000, 60_007, 70_000] }, { start: 60_000, n: 10_000 }), [0, 7]);
});

test("what a map knows of named selections is what the server said last, and a refusal changes nothing", async () => {
  const asked = [];
  const answers = [
    [200, { selections: [], mine: true, longest: 60 }], [200, {}], [200, { selections: [{ id: "a", name: "fours", digits: [4] }], mine: true, longest: 60 }],
    [400, { error: "already" }],
  ];
  const fetched = globalThis.fetch;
  globalThis.fetch = async (url, { method = "GET", body = null } = {}) => {
    const [status, said] = answers.shift();
    asked.push([method, url, body && JSON.parse(body)]);
    return { ok: status === 200, status, json: async () => said };
  };
  const named = createNamedSelections("api/runs/a/selections", "es-MX");
  let heard = 0;
  named.listen(() => (heard += 1));
  await Promise.all([named.load(), named.load()]);
  const message = { action: "name", name: "fours", digits: [4] };
  assert.equal(await named.change(message), null);
  assert.deepEqual([named.of("a").name, named.of("b"), named.mine(), named.longest(), heard], ["fours", null, true, 60, 2]);
  assert.equal(await named.change(message), "already");
  assert.deepEqual(asked.map(([method]) => method), ["GET", "POST", "GET", "POST"]);
  assert.deepEqual(asked[1], ["POST", "api/runs/a/selections?lang=es-MX", message]);
  globalThis.fetch = fetched;
});

test("where there can be none nothing is asked for", async () => {
  const named = createNamedSelections(undefined, "en");
  await named.load();
  assert.deepEqual([named.offered, named.all(), named.mine()], [false, [], false]);
});
