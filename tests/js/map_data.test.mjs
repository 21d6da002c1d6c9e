import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBundle } from "../../ui/components/shared/bundle.js";
import { neighboursOf } from "../../ui/components/map/tools/selection.js";
import { makeDecoder } from "../../ui/components/shared/decoder.js";
import { contentOf } from "../../ui/components/map/data/target.js";
import { codeOf, makeMapData } from "../../ui/components/map/data/map_data.js";
import { bytes, fixture, largestGap } from "./map_fixture.mjs";

const network = fixture("decoder");
const LABELS = Uint8Array.of(9, 9, 3, 1, 4, 1, 5);
const START = 2; // the map begins with the dataset's third digit

/** Five digits whose codes are those of the network's fixture, quantised over -8..8. */
function mapData(header = {}) {
  const data = Uint16Array.from(network.codes.flat(), (value) => Math.round(((value + 8) / 16) * 65535));
  const arrays = {
    codes: { data, shape: [5, 2], low: [-8, -8], high: [8, 8] },
    errors: { data: Uint16Array.of(0, 1, 2, 3, 65535), shape: [5, 1], low: [0], high: [0.5] },
  };
  const plane = { origin: [0, 0], basis: [[1, 0], [0, 1]] };
  const whole = { n_training: 4, latent_dim: 2, start: START, ...plane, ...header };
  const made = makeMapData({ header: whole, arrays }, LABELS, [..."0123456789"]);
  made.decoder = makeDecoder(decodeBundle(bytes(network.bundle)));
  made.images = Uint8Array.from({ length: 7 * 784 }, (_, i) => Math.floor(i / 784));
  return made;
}

test("a card shows the digit's own picture, its reconstruction, label, index and error", () => {
  const content = contentOf(mapData(), { kind: "digit", row: 4, place: [0, 0] });
  assert.equal(content.index, 6);
  assert.equal(content.label, 5);
  assert.equal(content.training, false);
  assert.equal(content.error, 0.5);
  assert.ok(content.original.length === 784 && content.original.every((grey) => grey === 6));
  assert.ok(largestGap(content.reconstruction, network.grey[4]) < 2);
});

test("empty space is decoded where the pointer is", () => {
  const content = contentOf(mapData(), { kind: "decoded", place: network.codes[1] });
  assert.ok(largestGap(content.reconstruction, network.grey[1]) <= 0.51);
});

test("an epoch whose decoder is gone decodes nothing", () => {
  assert.equal(contentOf(mapData(), { kind: "decoded", place: [0, 0] }, false), null);
  const then = contentOf(mapData(), { kind: "digit", row: 0, place: [0, 0] }, false);
  assert.deepEqual([then.reconstruction, then.error, then.label], [null, null, LABELS[START]]);
});

test("a projection of more dimensions has no reconstruction until the codes themselves are here", () => {
  const projected = mapData({ latent_dim: 3, origin: [0, 0, 0], basis: [[1, 0, 0], [0, 1, 0]] });
  assert.equal(codeOf(projected, 1), null);
  projected.codes = Float32Array.from({ length: 15 }, (_, i) => i);
  assert.deepEqual([...codeOf(projected, 1)], [3, 4, 5]);
});

test("neighbours are nearest in the latent space where it is known, and never the digit itself", () => {
  const flat = mapData();
  const gap = (row) => Math.hypot(...network.codes[row].map((value, k) => value - network.codes[0][k]));
  assert.deepEqual(neighboursOf(flat, 0), [1, 2, 3, 4].sort((a, b) => gap(a) - gap(b)));
  flat.latentDim = 1;
  flat.codes = Float32Array.of(0, 9, 1, 5, 3);
  assert.deepEqual(neighboursOf(flat, 0), [2, 4, 3, 1]);
});

test("what has no address is not offered and loads as nothing", async () => {
  const { load } = mapData();
  assert.equal(load.frames.offered, false);
  assert.equal(await load.frames(), null);
});
