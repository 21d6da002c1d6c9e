import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { placeOfCode } from "../../ui/components/map/data/placing.js";
import { blank, drawLine, isInked, WIDE } from "../../ui/components/shared/drawing/ink.js";
import { inMnistForm } from "../../ui/components/shared/drawing/mnist_form.js";
import { pixelAfter } from "../../ui/components/shared/drawing/pixel_keys.js";
import { mostFrequent, readingOf } from "../../ui/components/shared/drawing/reading.js";
import { createSketch } from "../../ui/components/shared/drawing/sketch.js";

const sum = (ink) => ink.reduce((total, value) => total + value, 0);

function drawn(sketch, ...places) {
  sketch.begin(places[0]);
  for (const place of places.slice(1)) sketch.extend(place);
  sketch.end();
  return sketch;
}

test("nothing drawn has no form", () => {
  assert.equal(inMnistForm(blank(), WIDE), null);
});

test("wherever it is drawn, and however large, the form is the same", () => {
  const forms = [[100, 100, 40], [60, 150, 40]].map(([x, y, size]) => {
    const ink = blank();
    drawLine(ink, [x, y], [x + size, y + 2 * size]);
    return inMnistForm(ink, WIDE);
  });
  assert.deepEqual(forms[0], forms[1]);
});

test("its longer side is 20 pixels", () => {
  const ink = blank();
  drawLine(ink, [100, 40], [100, 200]);
  const form = inMnistForm(ink, WIDE);
  const rows = Array.from({ length: 28 }, (_, row) => form.subarray(28 * row, 28 * row + 28).some(Boolean));
  assert.equal(rows.filter(Boolean).length, 20);
});

test("what lies beside the canvas is lost, and disturbs nothing", () => {
  const ink = blank();
  drawLine(ink, [-500, -500], [-40, 900]);
  assert.equal(sum(ink), 0);
});

test("each thing done can be undone and done again, clearing too", () => {
  const sketch = drawn(createSketch(), [50, 50], [80, 90]);
  const one = sketch.ink().slice();
  drawn(sketch, [100, 100], [150, 100]);
  const two = sketch.ink().slice();
  sketch.clear();
  assert.ok(sketch.isEmpty());
  sketch.undo();
  assert.deepEqual(sketch.ink(), two);
  sketch.undo();
  assert.deepEqual(sketch.ink(), one);
  sketch.redo();
  assert.deepEqual(sketch.ink(), two);
  sketch.redo();
  assert.ok(sketch.isEmpty() && !sketch.canRedo());
});

for (const away of ["undo", "clear"]) {
  test(`a line that ${away} takes away while it is drawn ends there`, () => {
    const sketch = createSketch();
    sketch.begin([50, 50]);
    sketch[away]();
    sketch.extend([90, 90]);
    assert.ok(sketch.isEmpty());
  });
}

test("clearing an empty canvas is nothing to undo, and a new line forgets what was undone", () => {
  const sketch = createSketch();
  sketch.clear();
  sketch.undo();
  assert.ok(!sketch.canUndo());
  drawn(sketch, [50, 50]).undo();
  assert.ok(sketch.canRedo());
  drawn(sketch, [90, 90]);
  assert.ok(!sketch.canRedo());
});

test("a pixel is inked, and paper again", () => {
  const sketch = createSketch();
  sketch.toggle(28 * 5 + 3);
  assert.ok(sketch.inked(28 * 5 + 3) && isInked(sketch.ink(), 28 * 5 + 3));
  assert.ok(!sketch.inked(28 * 5 + 4));
  sketch.toggle(28 * 5 + 3);
  assert.ok(sketch.isEmpty());
});

test("a drawing goes through its text, with all that can be undone", () => {
  const sketch = drawn(createSketch(), [50.4, 50], [80, 90]);
  sketch.toggle(7);
  sketch.undo();
  const copy = createSketch(sketch.text());
  assert.deepEqual(copy.ink(), sketch.ink());
  assert.ok(copy.canRedo());
  copy.undo();
  assert.ok(copy.isEmpty());
});

for (const text of [null, "", "{", "[]", '{"done":1}', '{"done":[{}],"undone":[]}', '{"done":[{"pixel":784,"grey":255}],"undone":[]}',
  '{"done":[{"line":[1]}],"undone":[]}', '{"done":[null],"undone":[]}']) {
  test(`a text that is no drawing begins an empty one: ${text}`, () => {
    assert.ok(createSketch(text).isEmpty() && !createSketch(text).canUndo());
  });
}

test("the arrow keys go from pixel to pixel and stop at the edges", () => {
  assert.equal(pixelAfter("ArrowRight", 0), 1);
  assert.equal(pixelAfter("ArrowRight", 27), 27);
  assert.equal(pixelAfter("ArrowLeft", 28), 28);
  assert.equal(pixelAfter("ArrowDown", 783), 783);
  assert.equal(pixelAfter("ArrowUp", 28 + 3), 3);
  assert.deepEqual([pixelAfter("Home", 60), pixelAfter("End", 60)], [56, 83]);
  assert.equal(pixelAfter("x", 60), null);
});

test("a reading has the code, the error among others, and the nearest rows", () => {
  const decoder = { compare: () => ({ grey: new Uint8ClampedArray(784).fill(255), error: 0.3 }) };
  const columns = [Float32Array.from({ length: 12 }, (_, row) => row)];
  const model = { encoder: { encode: () => [6.2] }, decoder, errors: Float32Array.of(0.1, 0.2, 0.4, 0.5), columns };
  const { code, percentile, nearest } = readingOf(model, new Uint8ClampedArray(784));
  assert.ok(Math.abs(code[0] - 6.2) < 1e-6);
  assert.equal(percentile, 50);
  assert.deepEqual(nearest.slice(0, 3), [6, 7, 5]);
  assert.equal(nearest.length, 10);
});

test("the most frequent label; of two as frequent that of the nearer one", () => {
  assert.deepEqual(mostFrequent([0, 1, 2, 3], [7, 3, 3, 1]), { label: 3, count: 2 });
  assert.deepEqual(mostFrequent([3, 1, 0], [7, 3, 3, 1]), { label: 1, count: 1 });
});

test("a code lies on the map where the digits' projection puts it; where there is none, amid its nearest", () => {
  const columns = [Float32Array.of(0, 10, 20), Float32Array.of(5, 5, 8)];
  const plane = { origin: [1, 2, 3], basis: [[0, 1, 0], [0, 0, 1]] };
  assert.deepEqual(placeOfCode({ k: 2, columns, plane }, [9, 4, 2], [0, 1]), [2, -1]);
  assert.deepEqual(placeOfCode({ k: 2, columns, plane: null }, [9, 4, 2], [0, 1, 2]), [10, 5]);
});

test("every word that is said of a drawing is in the list, and every word in the list is said", () => {
  const folder = new URL("../../ui/components/shared/drawing/", import.meta.url);
  const words = JSON.parse(readFileSync(new URL("words.json", folder)));
  const source = readdirSync(folder).filter((name) => name.endsWith(".js")).map((name) => readFileSync(new URL(name, folder), "utf8")).join("");
  const actions = ["undo", "redo", "clear", "save"].flatMap((name) => [`drawing_${name}`, `drawing_${name}_help`]);
  const said = new Set([...[...source.matchAll(/"(\w+)"/g)].map((match) => match[1]), ...actions]);
  const asked = [...source.matchAll(/(?:say|marked)\("(\w+)"/g)].map((match) => match[1]);
  assert.deepEqual(asked.filter((key) => !(key in words)), []);
  assert.deepEqual(Object.keys(words).filter((key) => !said.has(key.replace(/_seen$/, ""))), []);
});
