import assert from "node:assert/strict";
import { test } from "node:test";
import { columns, decodeBundle, dequantise } from "../../ui/components/shared/bundle.js";
import { bytes, fixture, largestGap } from "./map_fixture.mjs";

const expected = fixture("bundle");
const { header, arrays } = decodeBundle(bytes(expected.bundle));

test("a bundle gives back its arrays, whatever their type", () => {
  assert.equal(header.latent_dim, 2);
  assert.deepEqual([...arrays.labels.data], expected.labels);
  assert.deepEqual(arrays.floats.shape, [3, 2]);
  assert.deepEqual([...arrays.floats.data], expected.floats);
});

test("quantised codes come back within the rounding of float32, column by column", () => {
  const codes = dequantise(arrays.codes);
  assert.ok(largestGap(codes, expected.codes.flat()) < 1e-5);
  const [x, y] = columns(codes, 2);
  assert.ok(largestGap(x, expected.codes.map((row) => row[0])) < 1e-5);
  assert.ok(largestGap(y, expected.codes.map((row) => row[1])) < 1e-5);
});

test("a column that does not vary keeps its value", () => {
  const flat = dequantise({ data: Uint16Array.of(0, 0), shape: [2, 1], low: [0.5], high: [0.5] });
  assert.deepEqual([...flat], [0.5, 0.5]);
});

test("a cut bundle is refused and named", () => {
  const cut = bytes(expected.bundle).slice(0, -8);
  assert.throws(() => decodeBundle(cut), /floats runs past the end/);
  assert.throws(() => decodeBundle(new ArrayBuffer(2)), /header length/);
});
