import assert from "node:assert/strict";
import { test } from "node:test";
import { createLinkedDigit } from "../../ui/components/map/tools/linked_digit.js";
import { joinChannel, onChange } from "../../ui/components/map/data/channel.js";
import { createView } from "../../ui/components/map/data/view.js";

/** A map without a page: 10 digits from `start` on, all drawn at (row, row). */
function map(run, { start = 0, companion = false, trainingRows = 6, digits = "all" } = {}) {
  const chosen = [];
  const lab = {
    mapData: { start, trainingRows },
    view: createView({ digits }, 10),
    figure: { targetOfRow: (row) => (row < 10 - start ? { kind: "digit", row, place: [row, row] } : null) },
    overlay: { draw() {} },
  };
  const linked = createLinkedDigit(lab, { run, companion, choose: (row) => chosen.push(row) });
  return { ...lab, linked, chosen, lit: () => linked.shapes().map(({ kind, places }) => [kind, places[0][0]]) };
}

const pointAt = ({ linked, mapData }, index) => linked.pointed(index && { kind: "digit", row: index - mapData.start });

test("a message reaches the other maps of the same run, not its sender, nor those of another run", () => {
  const heard = { a: [], b: [], other: [] };
  const a = joinChannel("one", (message) => heard.a.push(message));
  const b = joinChannel("one", (message) => heard.b.push(message));
  const other = joinChannel("two", (message) => heard.other.push(message));
  a.tell(1);
  b.leave();
  a.tell(2);
  assert.deepEqual(heard, { a: [], b: [1], other: [] });
  [a, other].forEach(({ leave }) => leave());
});

test("without a run nobody hears", () => {
  const heard = [];
  const links = [undefined, undefined].map((run) => joinChannel(run, (message) => heard.push(message)));
  links[0].tell(1);
  assert.deepEqual(heard, []);
});

test("a value is told when it changes", () => {
  const told = [];
  const tell = onChange((value) => told.push(value));
  for (const value of [null, 3, 3, null, 4]) tell(value);
  assert.deepEqual(told, [3, null, 4]);
});

test("the digit under the pointer lights up in the other map, whichever it is, by its index", () => {
  const [main, beside] = [map("lit"), map("lit", { start: 6, companion: true, trainingRows: 0 })];
  pointAt(main, 8);
  assert.deepEqual(beside.lit(), [["ring", 2], ["cross", 2]]);
  assert.deepEqual(main.lit(), []);
  pointAt(main, null);
  assert.deepEqual(beside.lit(), []);
  pointAt(beside, 7);
  assert.deepEqual(main.lit(), [["ring", 7], ["cross", 7]]);
  beside.linked.destroy();
  assert.deepEqual(main.lit(), []);
});

test("a training digit has no place on a map of the held-out ones", () => {
  const [main, beside] = [map("train"), map("train", { start: 6, companion: true, trainingRows: 0 })];
  pointAt(main, 3);
  assert.deepEqual(beside.lit(), []);
});

test("a digit chosen in the companion is chosen in the main map, and a label isolated in one in both", () => {
  const [main, beside] = [map("choose"), map("choose", { start: 6, companion: true })];
  beside.linked.chosen(1);
  assert.deepEqual([main.chosen, beside.chosen], [[7], []]);
  main.view.set({ label: 4 });
  assert.equal(beside.view.state.label, 4);
  beside.view.set({ label: null });
  assert.equal(main.view.state.label, null);
});

test("beside a companion the main map shows what both have, whoever comes first, and all digits again after it", () => {
  for (const order of ["main", "companion"]) {
    const main = map(`company ${order}`);
    const beside = map(`company ${order}`, { start: 6, companion: true });
    (order === "main" ? [main, beside] : [beside, main]).forEach(({ linked }) => linked.open());
    assert.equal(main.view.state.digits, "held_out");
    beside.linked.destroy();
    assert.equal(main.view.state.digits, "all");
  }
});

test("a choice of the person's own is left alone", () => {
  const main = map("own", { digits: "training" });
  const beside = map("own", { start: 6, companion: true });
  main.linked.open();
  beside.linked.open();
  assert.equal(main.view.state.digits, "training");
  main.view.set({ digits: "held_out" });
  beside.linked.destroy();
  assert.equal(main.view.state.digits, "held_out");
});

test("a companion that has all digits leaves the main map as it is, and both mark what is pointed at in the other", () => {
  const main = map("both");
  const companion = map("both", { companion: true });
  main.linked.open();
  companion.linked.open();
  assert.equal(main.view.state.digits, "all");
  pointAt(companion, 2);
  assert.deepEqual(main.lit(), [["ring", 2], ["cross", 2]]);
  pointAt(main, 3);
  assert.deepEqual(companion.lit(), [["ring", 3], ["cross", 3]]);
  [main, companion].forEach(({ linked }) => linked.destroy());
});
