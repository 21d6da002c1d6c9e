import assert from "node:assert/strict";
import { test } from "node:test";

import { curveOf, curvesFigure, rangeOf, secondsAt } from "../../ui/components/comparison/curves_figure.js";
import { EMPTY } from "../../ui/components/shared/run_state.js";
import { voiceOf } from "../../ui/components/shared/voice.js";

const EPOCHS = [{ epoch: 1, mse: 0.06, val_mse: 0.05, seconds: 2 }, { epoch: 2, mse: 0.05, val_mse: 0.04, seconds: 4 }];
const STATE = { ...EMPTY, epochs: EPOCHS, points: [[0.5, 0.09], [1, 0.06], [1.5, 0.055], [2.5, 0.05]] };
const THEME = { background: [255, 255, 255], surface: [240, 240, 240], text: [0, 0, 0], border: [0, 0, 0], font: "x" };
const VOICE = voiceOf({ trained_on: "{title}, seen", curve: "{letter} {mse}", curves: "Loss" }, "en");

test("a curve stands along epochs or along the seconds that they took", () => {
  assert.deepEqual(curveOf(STATE, { along: "epochs", of: "held_out" }), [[1, 0.05], [2, 0.04]]);
  assert.deepEqual(curveOf(STATE, { along: "seconds", of: "held_out" }), [[2, 0.05], [6, 0.04]]);
  assert.deepEqual(curveOf(STATE, { along: "seconds", of: "training" }).map(([x]) => x), [1, 2, 4, 8]);
  assert.equal(secondsAt([], 1), 0);
});

test("a run that holds no digits out shows its training loss, and says so", () => {
  const seen = { ...STATE, epochs: EPOCHS.map((row) => ({ ...row, val_mse: null })) };
  const runs = [STATE, seen].map((state, i) => ({ letter: "AB"[i], title: `t${i}`, colour: "#2f7bd1", state }));
  const { traces, said } = curvesFigure(runs, THEME, { along: "epochs", of: "held_out", scale: "linear" }, VOICE);
  assert.deepEqual(traces.map(({ name }) => name), ["A · t0", "B · t1, seen"]);
  assert.deepEqual(traces[1].y, [0.06, 0.05]);
  assert.notEqual(traces[0].line.dash, traces[1].line.dash);
  assert.equal(said, "Loss: A 0.0400; B 0.0500");
});

test("the axis shows every curve but its steep beginning", () => {
  const steep = Array.from({ length: 100 }, (_, i) => [i, i < 5 ? 1 : 0.05 - i / 10000]);
  const [low, high] = rangeOf([steep, [[1, 0.06]], []], "linear");
  assert.ok(low <= 0.0401 && high > 0.06 && high < 0.07, `${low} ${high}`);
  assert.ok(rangeOf([[]], "log").every(Number.isFinite));
});
