import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { placeOn } from "../../ui/components/sheet/detail.js";
import { cardsIn, columnsIn, GAP, pictureSize } from "../../ui/components/sheet/fitting.js";
import { cellAfter } from "../../ui/components/shared/grid_keys.js";
import { pictureCount } from "../../ui/components/sheet/grid.js";
import { differenceOf, digitsOf } from "../../ui/components/sheet/pictures.js";
import { changesFor } from "../../ui/components/sheet/toolbar.js";

test("base64 becomes digits of 784 grey levels, in order", () => {
  const bytes = Uint8Array.from({ length: 2 * 784 }, (_, i) => i % 251);
  const digits = digitsOf(Buffer.from(bytes).toString("base64"));
  assert.equal(digits.length, 2);
  assert.deepEqual([...digits[1]], [...bytes.subarray(784)]);
  assert.deepEqual(digitsOf(""), []);
});

test("where both agree the difference is paper; added ink is orange, missing ink blue", () => {
  const [original, made, paper] = [new Uint8Array(784), new Uint8Array(784), [20, 23, 27]];
  [original[0], made[0], original[1], made[1], original[2], made[2]] = [90, 90, 0, 255, 255, 0];
  const pixels = differenceOf(original, made, paper);
  assert.deepEqual([...pixels.slice(0, 4)], [...paper, 255]);
  assert.deepEqual([...pixels.slice(4, 8)], [0xe7, 0x63, 0x00, 255]);
  assert.deepEqual([...pixels.slice(8, 12)], [0x3f, 0x90, 0xda, 255]);
});

test("cards never overflow the width, and one more column would", () => {
  for (const width of [300, 358, 640, 938, 1400]) {
    for (const pictures of [2, 3, 4]) {
      const columns = columnsIn(width, pictures);
      const size = pictureSize(width, pictures);
      assert.ok(columns * (pictures * size + (pictures - 1) * 4 + 18) + (columns - 1) * GAP <= width || columns === 1);
      assert.ok(columns === 1 || size >= 72);
      assert.ok(size <= 112);
    }
  }
});

test("two cards stand side by side on a phone, and pictures are 84 pixels or more on a desk", () => {
  assert.equal(columnsIn(358, 2), 2);
  assert.ok(pictureSize(938, 2) >= 84);
});

test("a page holds whole rows, more of them in a taller room", () => {
  const room = { width: 938, pictures: 2, height: 700, most: 96 };
  assert.equal(cardsIn(room) % columnsIn(938, 2), 0);
  assert.ok(cardsIn({ ...room, height: 1400 }) > cardsIn(room));
  assert.ok(cardsIn({ ...room, height: 10 }) > 0);
  assert.ok(cardsIn({ ...room, height: 1e6 }) <= 96);
  assert.equal(cardsIn({ ...room, height: 1e6, most: 20 }), 20);
});

test("arrow keys go along and across, and stop at the edges", () => {
  assert.equal(cellAfter("ArrowRight", 0, 4, 16), 1);
  assert.equal(cellAfter("ArrowLeft", 0, 4, 16), null);
  assert.equal(cellAfter("ArrowDown", 2, 4, 16), 6);
  assert.equal(cellAfter("ArrowUp", 2, 4, 16), null);
  assert.equal(cellAfter("ArrowDown", 14, 4, 16), null);
  assert.equal(cellAfter("End", 3, 4, 16), 15);
  assert.equal(cellAfter("Home", 3, 4, 16), 0);
  assert.equal(cellAfter("x", 3, 4, 16), null);
});

test("a way of choosing takes only what belongs to it into the address", () => {
  const data = { view: { index: "7" }, detail: { index: 41, label: 8 } };
  assert.deepEqual(changesFor("worst", data), { by: "worst", seed: null, label: null, index: null });
  assert.equal(changesFor("label", data).label, 8);
  assert.equal(changesFor("index", data).index, 41);
  assert.equal(changesFor("index", { ...data, detail: null }).index, "7");
  const seeds = new Set(Array.from({ length: 20 }, () => changesFor("random", data).seed));
  assert.ok(seeds.size > 15);
});

test("pictures are counted by what is shown", () => {
  assert.equal(pictureCount({ view: { difference: false }, cards: { pca: null } }), 2);
  assert.equal(pictureCount({ view: { difference: true }, cards: { pca: "AA==" } }), 4);
  assert.equal(pictureCount({ view: { difference: false }, cards: { pca: null, noisy: "AA==" } }), 4);
});

test("a code's place on its track stays on it; a dead code stands in the middle", () => {
  assert.deepEqual([placeOn(5, 0, 10), placeOn(-3, 0, 10), placeOn(30, 0, 10), placeOn(2, 2, 2)], [0.5, 0, 1, 0.5]);
});

for (const name of ["sheet", "sliders"]) {
  const folder = new URL(`../../ui/components/${name}/`, import.meta.url);
  const words = JSON.parse(readFileSync(new URL("words.json", folder)));
  const scripts = readdirSync(folder).filter((file) => file.endsWith(".js"));
  const source = scripts.map((file) => readFileSync(new URL(file, folder), "utf8")).join("\n");

  test(`${name}: every word that is said is in the list, and every word in the list is said`, () => {
    const said = [...source.matchAll(/say\("(\w+)"/g)].map((match) => match[1]);
    assert.ok(said.length > 5);
    assert.deepEqual(said.filter((key) => !(key in words)), []);
    const prefixes = [...source.matchAll(/`(\w+_)\$\{/g)].map((match) => match[1]);
    const isSaid = (key) => source.includes(`"${key}"`) || prefixes.some((prefix) => key.startsWith(prefix));
    assert.deepEqual(Object.keys(words).filter((key) => !isSaid(key.replace(/_unlabelled$/, ""))), []);
  });
}
