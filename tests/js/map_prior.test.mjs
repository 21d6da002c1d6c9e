import assert from "node:assert/strict";
import { test } from "node:test";

import { drawCodes, quantile, quantileCodes, widestTwo } from "../../ui/components/map/data/prior.js";
import { spreadWords } from "../../ui/components/map/panels/card.js";

function seeded() {
  let state = 1;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

test("codes of the prior are standard normal numbers", () => {
  const numbers = drawCodes(4_000, 3, seeded()).flatMap((code) => [...code]);
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
  assert.ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.04, `${mean} ${variance}`);
  const within = numbers.filter((x) => Math.abs(x) < 1).length / numbers.length;
  assert.ok(Math.abs(within - 0.6827) < 0.01, `${within}`);
  assert.ok(drawCodes(1, 2, () => 0)[0].every(Number.isFinite));
});

test("quantiles are those of the tables", () => {
  for (const [p, x] of [[0.5, 0], [0.975, 1.959963985], [0.01, -2.326347874], [0.001, -3.090232306], [0.8, 0.8416212336]]) {
    assert.ok(Math.abs(quantile(p) - x) < 1e-8, `${p}: ${quantile(p)}`);
  }
});

test("the sheet of quantiles runs over the first two dimensions, up and to the right, and the others are 0", () => {
  const codes = quantileCodes(3, 4);
  assert.equal(codes.length, 9);
  const far = quantile(5 / 6);
  const near = (code, ...expected) => code.forEach((value, k) => assert.ok(Math.abs(value - (expected[k] ?? 0)) < 1e-6));
  near(codes[0], -far, far);
  near(codes[4]);
  near(codes[8], far, -far);
  near(quantileCodes(3, 4, [1, 3])[8], 0, far, 0, -far);
  assert.deepEqual(widestTwo(Float32Array.of(0, 5, 1, -9, 0, 5, 2, 9, 0, 5, 3, 0), 4), [2, 3]);
  assert.deepEqual(widestTwo(Float32Array.of(1, 2), 1), [0]);
  assert.deepEqual(quantileCodes(5, 1).map((code) => code.length), [1, 1, 1, 1, 1]);
});

test("a card tells the spread of a code, and of many dimensions the first four", () => {
  const voice = { code: (value) => value.toFixed(2), say: (key, { numbers }) => `${key} ${numbers}` };
  assert.equal(spreadWords(Float32Array.of(0.125, 0.5), voice), "card_spread 0.13 · 0.50");
  assert.equal(spreadWords(new Float32Array(5).fill(1), voice), "card_spread 1.00 · 1.00 · 1.00 · 1.00 …");
  assert.equal(spreadWords(null, voice), "");
});
