import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBundle } from "../../ui/components/shared/bundle.js";
import { ACTIVATIONS, erf } from "../../ui/components/shared/activations.js";
import { makeDecoder, placeToCode } from "../../ui/components/shared/decoder.js";
import { bytes, fixture, largestGap } from "./map_fixture.mjs";

const activations = fixture("activations");
const network = fixture("decoder");

test("erf agrees with SciPy to 1e-6", () => {
  assert.ok(largestGap(activations.x.map(erf), activations.erf) < 1e-6);
});

for (const [name, expected] of Object.entries(activations.activations)) {
  test(`${name} agrees with NumPy`, () => {
    const values = Float32Array.from(activations.x);
    ACTIVATIONS[name](values);
    assert.ok(largestGap(values, expected) < 2e-6);
  });
}

test("every activation has its NumPy twin", () => {
  assert.deepEqual(Object.keys(ACTIVATIONS).sort(), Object.keys(activations.activations).sort());
});

test("the decoder draws what NumPy draws, to half a grey level", () => {
  const decoder = makeDecoder(decodeBundle(bytes(network.bundle)));
  assert.equal(decoder.inputs, 2);
  network.codes.forEach((code, i) => {
    assert.ok(largestGap(decoder.decode(code), network.grey[i]) <= 0.502);
  });
});

test("output beyond grey 0..255 is clipped", () => {
  const layers = [{ activation: "linear", inputs: 1, outputs: 2 }];
  const arrays = { weights_0: { data: Float32Array.of(4, -4) }, bias_0: { data: Float32Array.of(0, 0) } };
  const decoder = makeDecoder({ header: { layers, output_scale: 255 }, arrays });
  assert.deepEqual([...decoder.decode([1])], [255, 0]);
});

test("a place on the plane becomes a code", () => {
  const { place, origin, basis, code } = network.plane;
  assert.ok(largestGap(placeToCode(place, origin, basis), code) < 1e-6);
});

test("an unknown activation is refused by name", () => {
  const header = { layers: [{ activation: "swash", inputs: 1, outputs: 1 }], output_scale: 1 };
  assert.throws(() => makeDecoder({ header, arrays: {} }), /swash/);
});

test("2-128-256-512-784 decodes in under 4 ms", () => {
  const decoder = makeDecoder(randomDecoder([2, 128, 256, 512, 784]));
  for (let i = 0; i < 30; i++) decoder.decode([i / 10, -1]);
  const times = Array.from({ length: 41 }, (_, i) => timed(() => decoder.decode([i / 10, 1])));
  assert.ok(times.sort((a, b) => a - b)[20] < 4, `median ${times[20].toFixed(2)} ms`);
});

function randomDecoder(sizes) {
  const layers = sizes.slice(1).map((outputs, i) => ({ activation: "silu", inputs: sizes[i], outputs }));
  const arrays = {};
  layers.forEach(({ inputs, outputs }, i) => {
    arrays[`weights_${i}`] = { data: Float32Array.from({ length: inputs * outputs }, (_, k) => Math.sin(k) / 10) };
    arrays[`bias_${i}`] = { data: new Float32Array(outputs) };
  });
  return { header: { layers, output_scale: 255 }, arrays };
}

/** Milliseconds of processor time: what others do on the machine does not count. */
function timed(work) {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
