import assert from "node:assert/strict";
import { test } from "node:test";

import { groupsOf, hiddenOthers, shownRows, sortedBy } from "../../ui/components/run_list/rows.js";

const ROW = {
  title: "", note: "", whose: "mine", who: "", latent_dim: 2, mse: null, created: "", status_label: "Finished", open: false,
};
const ROWS = [
  { ...ROW, run: "a", title: "2 layers", mse: 0.04, created: "2026-11-02T00:00:00+00:00" },
  { ...ROW, run: "b", title: "10 layers", mse: null, created: "2026-11-03T00:00:00+00:00", note: "Jumps at epoch 3" },
  { ...ROW, run: "c", title: "Quick map", whose: "shipped", mse: 0.03, latent_dim: 8 },
  { ...ROW, run: "d", title: "32 · 2-D", whose: "others", who: "Zoë", mse: 0.05, created: "2026-11-01T00:00:00+00:00" },
  { ...ROW, run: "e", title: "32 · 2-D", whose: "others", who: "", mse: 0.02, status_label: "Failed" },
];
const VIEW = { text: "", whose: "all", by: null, down: false };
const shown = (view) => shownRows(ROWS, { ...VIEW, ...view }).map((row) => row.run).join("");

test("runs of others do not flood the list: at first one's own and the shipped ones are shown", () => {
  assert.equal(shown({ whose: "own" }), "abc");
  assert.equal(hiddenOthers(ROWS, "own"), 2);
  assert.equal(hiddenOthers(ROWS, "all"), 0);
  const open = ROWS.map((row) => ({ ...row, open: row.run === "e" }));
  assert.deepEqual(shownRows(open, { ...VIEW, whose: "own" }).map((row) => row.run), ["a", "b", "c", "e"]);
  assert.equal(hiddenOthers(open, "own"), 1);
});

test("whose runs are shown: mine, shipped, those of a nickname, those without one", () => {
  assert.deepEqual(groupsOf(ROWS), [
    ["own", "own", 3, ""], ["mine", "mine", 2, ""], ["shipped", "shipped", 1, ""], ["all", "all", 5, ""],
    ["person:Zoë", "person", 1, "Zoë"], ["person:", "unnamed", 1, ""],
  ]);
  assert.equal(shown({ whose: "person:Zoë" }), "d");
  assert.equal(shown({ whose: "person:" }), "e");
  assert.deepEqual(groupsOf([ROWS[2]]).map(([value]) => value), ["own", "shipped", "all"]);
});

test("a search finds words of title, note, nickname and state, in any order, without capitals and accents", () => {
  assert.equal(shown({ text: "zoe" }), "d");
  assert.equal(shown({ text: "EPOCH jumps" }), "b");
  assert.equal(shown({ text: "8-d" }), "c");
  assert.equal(shown({ text: "32 failed" }), "e");
  assert.equal(shown({ text: "  " }), "abcde");
  assert.equal(shown({ text: "nothing like it" }), "");
});

test("sorted by a column, runs without a value come last either way", () => {
  assert.equal(shown({ by: "mse" }), "ecadb");
  assert.equal(shown({ by: "mse", down: true }), "daceb");
  assert.equal(shown({ by: "created", down: true }), "badce");
  assert.equal(shown({ by: "created", down: false }), "dabce");
  assert.equal(shown({ by: "title", whose: "own" }), "abc");
});

test("a column sorts as it usually does, then the other way, then not", () => {
  const first = sortedBy("created", { by: null, down: false });
  assert.deepEqual(first, { by: "created", down: true });
  const second = sortedBy("created", first);
  assert.deepEqual(second, { by: "created", down: false });
  assert.deepEqual(sortedBy("created", second), { by: null, down: false });
  assert.deepEqual(sortedBy("mse", second), { by: "mse", down: false });
});
