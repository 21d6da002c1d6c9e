import assert from "node:assert/strict";
import { test } from "node:test";

import { pathOf } from "../../ui/components/classroom/invitation.js";
import * as room from "../../ui/components/classroom/room.js";

const { EMPTY, apply, counts, dimensions, ordered, ranking, standing } = room;

let made = 0;
const tile = (fields) => ({
  type: "tile", run: `r${(made += 1)}`, who: "", person: "p", title: "t", status: "finished", ended: true, epoch: 1, epochs: 2,
  latent_dim: 2, held_out: true, mse: 0.04, knn: null, created: "2026-01-01", score: null, place: null, dataset: "mnist", pictured: true, ...fields,
});
const roomOf = (...tiles) => tiles.reduce(apply, EMPTY).tiles;
const names = (rows) => rows.map((row) => row.run);

// Two codes in two dimensions: [[0, 65535], [65535, 0]] as little-endian uint16.
const FRAME = { epoch: 1, dims: 2, low: [0, 0], high: [1, 2], codes: "AAD/////AAA=", reconstructions: "" };

test("a tile is replaced as a whole, but keeps its map until there is a new one", () => {
  const first = apply(EMPTY, tile({ run: "a", frame: FRAME, mse: 0.05 }));
  const next = apply(first, tile({ run: "a", mse: 0.04 }));
  assert.deepEqual([...first.tiles.a.map.positions], [0, 2, 1, 0]);
  assert.equal(next.tiles.a.map, first.tiles.a.map);
  assert.equal(next.tiles.a.mse, 0.04);
  assert.equal(first.tiles.a.mse, 0.05, "a state is never changed");
  assert.equal(apply(next, tile({ run: "a", frame: { ...FRAME, epoch: 2 } })).tiles.a.map.epoch, 2);
});

test("what is gone is gone, and what is unknown changes nothing", () => {
  const state = [tile({ run: "a" }), tile({ run: "b" }), { type: "gone", run: "a" }].reduce(apply, EMPTY);
  assert.deepEqual(Object.keys(state.tiles), ["b"]);
  assert.equal(apply(state, { type: "weather" }), state);
  assert.deepEqual(apply(state, { type: "challenge", challenge: { goal: "mse" } }).challenge, { goal: "mse" });
});

test("what trains comes first, then what waits, then the newest that is over", () => {
  const tiles = roomOf(
    tile({ run: "old", created: "2026-01-01" }), tile({ run: "new", created: "2026-01-09" }),
    tile({ run: "paused", status: "paused", ended: false }), tile({ run: "waits", status: "waiting", ended: false }),
    tile({ run: "second", status: "training", ended: false, created: "2026-01-03" }),
    tile({ run: "first", status: "training", ended: false, created: "2026-01-02" }),
  );
  assert.deepEqual(names(ordered(tiles)), ["first", "second", "waits", "paused", "new", "old"]);
});

test("the board compares runs with as many dimensions that hold digits out", () => {
  const tiles = roomOf(
    tile({ run: "a", mse: 0.05, knn: 0.9 }), tile({ run: "b", mse: 0.03, knn: 0.7 }), tile({ run: "wide", latent_dim: 8 }),
    tile({ run: "all", held_out: false, mse: 0.01, latent_dim: 3 }), tile({ run: "none", mse: null }),
  );
  assert.deepEqual(dimensions(tiles), [2, 8]);
  assert.deepEqual(ranking(tiles, 2, "mse").map((row) => [row.place, row.run]), [[1, "b"], [2, "a"]]);
  assert.deepEqual(names(ranking(tiles, 2, "knn")), ["a", "b"]);
  assert.deepEqual(ranking(tiles, undefined, "mse"), []);
});

test("those without a map are on the board and not on the page, and errors on other pictures on neither board", () => {
  const tiles = roomOf(
    tile({ run: "a", mse: 0.05 }), tile({ run: "b", mse: 0.03, pictured: false }),
    tile({ run: "clothes", dataset: "openml:Fashion-MNIST", mse: 0.01 }),
  );
  assert.deepEqual(names(ordered(tiles)), ["a", "clothes"]);
  assert.deepEqual(names(ranking(tiles, 2, "mse")), ["b", "a"]);
});

test("in a challenge each person has one place, for the best of theirs", () => {
  const tiles = roomOf(
    tile({ run: "a", person: "ada", score: 0.05 }), tile({ run: "b", person: "ada", score: 0.04 }),
    tile({ run: "c", person: "bob", score: 0.045 }), tile({ run: "d", person: "cy" }),
  );
  assert.deepEqual(standing(tiles, { goal: "mse" }).map((row) => [row.place, row.run]), [[1, "b"], [2, "c"]]);
  assert.deepEqual(names(standing(tiles, { goal: "knn" })), ["a", "c"]);
});

test("people and trainings are counted", () => {
  const tiles = roomOf(
    tile({ person: "ada", status: "training" }), tile({ person: "ada", status: "measuring" }),
    tile({ person: "bob", status: "waiting" }), tile({ person: "bob" }), tile({ person: "cy", status: "paused" }),
  );
  assert.deepEqual(counts(tiles), { people: 3, training: 2, waiting: 1, paused: 1 });
});

test("the dark modules of a QR code are drawn once each, with a white margin", () => {
  const rows = ["1101", "0000", "1111", "0010"];
  const drawn = [...pathOf(rows).matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)].map(([, x, y, right, left]) => {
    assert.equal(right, left);
    return [x - 4, y - 4, Number(right)];
  });
  assert.deepEqual(drawn, [[0, 0, 2], [3, 0, 1], [0, 2, 4], [2, 3, 1]]);
});
