import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { epochUnderWay, isComplete } from "../../ui/components/shared/epochs.js";
import { decodeFrame } from "../../ui/components/shared/frames.js";
import * as ofMonitor from "../../ui/components/monitor/protocol.js";
import * as ofRuns from "../../ui/components/shared/run_state.js";

const protocol = { ...ofMonitor, ...ofRuns };
const { EMPTY, apply, buttonStates, holdsOut, isOver, latestLoss } = protocol;
const { bestLoss, isBehind, momentOf, recordingOf, wayBack } = protocol;

// What the server tells of a run in each status: written by make_fixtures.py from the backend's own table.
const COMMANDS = JSON.parse(readFileSync(new URL("fixtures/commands.json", import.meta.url)));
const run = ({ status = "training", ...fields } = {}) => ({
  type: "run", id: "a", status, mine: true, epoch: 0, epochs: 3, ...COMMANDS[status], ...fields,
});
const points = (from, ...list) => ({ type: "points", from, points: list });
const epochs = (from, ...list) => ({ type: "epochs", from, epochs: list });

// Three codes in two dimensions, written by NumPy: [[0, 65535], [32768, 0], [13107, 52428]] as little-endian uint16.
const FRAME = {
  type: "frame", epoch: 2, dims: 2, projected: false, low: [-1, 2], high: [3, 4], codes: "AAD//wCAAAAzM8zM",
  reconstructions: Buffer.from(Uint8Array.from({ length: 16 * 784 }, (_, index) => index % 256)).toString("base64"),
};

test("points and epochs go on where the message says, whether that is the end or further back", () => {
  let state = apply(EMPTY, points(0, [0.1, 0.5], [0.2, 0.4]));
  state = apply(state, points(2, [0.3, 0.3]));
  assert.deepEqual(state.points, [[0.1, 0.5], [0.2, 0.4], [0.3, 0.3]]);
  state = apply(state, points(1, [0.2, 0.45]));
  assert.deepEqual(state.points, [[0.1, 0.5], [0.2, 0.45]]);
  state = apply(state, epochs(0, { epoch: 1, mse: 0.3 }));
  state = apply(state, epochs(0, { epoch: 1, mse: 0.2 }));
  assert.deepEqual(state.epochs, [{ epoch: 1, mse: 0.2 }]);
});

test("the parts of a loss go along with its points, and a replay cuts them where it cuts these", () => {
  let state = apply(EMPTY, { ...points(0, [0.1, 0.5], [0.2, 0.4]), parts: { loss: [3, 2], kl: [1, 0.9] } });
  state = apply(state, { ...points(2, [0.3, 0.3]), parts: { loss: [1.5], kl: [0.8] } });
  assert.deepEqual(state.parts, { loss: [3, 2, 1.5], kl: [1, 0.9, 0.8] });
  const moment = momentOf({ whole: { ...state, run: { epoch: 1 } }, frames: [] }, 0.25);
  assert.deepEqual(moment.parts, { loss: [3, 2], kl: [1, 0.9] });
  state = apply(state, { ...points(1, [0.2, 0.45]), parts: { loss: [2.5], kl: [0.7] } });
  assert.deepEqual(state.parts, { loss: [3, 2.5], kl: [1, 0.7] });
  assert.deepEqual(apply(EMPTY, points(0, [0.1, 0.5])).parts, {});
});

test("a state is never changed, only followed by another", () => {
  const before = apply(EMPTY, points(0, [0.1, 0.5]));
  apply(before, points(0, [0.1, 0.9]));
  assert.deepEqual(before.points, [[0.1, 0.5]]);
  assert.deepEqual(EMPTY.points, []);
});

test("run, notices and end replace what was known; what is unknown changes nothing", () => {
  let state = apply(apply(EMPTY, run({ epoch: 1 })), run({ epoch: 2, status: "paused" }));
  assert.equal(state.run.epoch, 2);
  assert.equal(state.run.status, "paused");
  state = apply(state, { type: "notices", notices: [{ text: "one" }] });
  state = apply(state, { type: "notices", notices: [{ text: "two" }] });
  assert.deepEqual(state.notices, [{ text: "two" }]);
  assert.equal(apply(state, { type: "weather" }), state);
  assert.equal(state.ended, false);
  assert.equal(apply(state, { type: "end" }).ended, true);
});

test("a frame's codes lie where NumPy says, each column within its own bounds", () => {
  const frame = decodeFrame(FRAME);
  assert.equal(frame.count, 3);
  const expected = [-1, 4, 1.00003052, 2, -0.2, 3.6];
  frame.positions.forEach((value, index) => assert.ok(Math.abs(value - expected[index]) < 1e-6, `${index}: ${value}`));
  assert.equal(frame.reconstructions.length, 16 * 784);
  assert.equal(frame.reconstructions[784], 784 % 256);
});

test("a frame of one dimension has one position a digit", () => {
  const frame = decodeFrame({ ...FRAME, dims: 1, low: [10], high: [20], codes: "AAAzM///" }); // 0, 13107, 65535
  assert.deepEqual([...frame.positions], [10, 12, 20]);
});

const buttonStatesOf = (of) => buttonStates(of, ["pause", "resume", "step", "stop"]);

test("the owner may pause what trains, resume what is paused, and nothing once it is over", () => {
  const enabled = (fields) => Object.entries(buttonStatesOf(run(fields))).filter(([, state]) => state === "enabled").map(([name]) => name);
  assert.deepEqual(enabled({}), ["pause", "step", "stop"]);
  assert.deepEqual(enabled({ status: "paused" }), ["resume", "step", "stop"]);
  assert.deepEqual(enabled({ status: "waiting" }), ["pause", "stop"]);
  for (const status of ["measuring", "finished", "stopped", "failed", "interrupted"]) assert.deepEqual(enabled({ status }), []);
  assert.deepEqual(enabled({ mine: false, commands: [] }), []);
});

test("pause and resume share one place, and what cannot be asked just now stays where it is", () => {
  assert.deepEqual(buttonStatesOf(run({ status: "waiting" })), { pause: "enabled", resume: "hidden", step: "disabled", stop: "enabled" });
  assert.deepEqual(buttonStatesOf(run({ status: "measuring" })), { pause: "disabled", resume: "hidden", step: "disabled", stop: "disabled" });
  assert.equal(buttonStatesOf(run({ status: "paused" })).pause, "hidden");
  const gone = { pause: "hidden", resume: "hidden", step: "hidden", stop: "hidden" };
  assert.deepEqual(buttonStatesOf(run({ status: "interrupted" })), gone);
  assert.deepEqual(buttonStatesOf(run({ mine: false, commands: [] })), gone);
});

test("a run is over when it will not train any more", () => {
  const over = ["waiting", "training", "paused", "measuring", "finished", "stopped", "failed", "interrupted"]
    .filter((status) => isOver(run({ status })));
  assert.deepEqual(over, ["finished", "stopped", "failed", "interrupted"]);
});

test("epochs count as people count them", () => {
  const counted = [0, 0.05, 1, 1.0000000001, 6.9999999999, 7, 7.35, 12].map((epoch) => epochUnderWay({ epoch }));
  assert.deepEqual(counted, [0, 1, 1, 1, 7, 7, 8, 12]);
  assert.deepEqual([0, 0.4, 1, 6.9999999999, 7.35].map(isComplete), [true, false, true, true, false]);
});

test("the latest loss is the held-out one where there is one", () => {
  assert.equal(latestLoss(EMPTY), null);
  const training = apply(EMPTY, points(0, [0.5, 0.06], [0.9, 0.05]));
  assert.deepEqual(latestLoss(training), { mse: 0.05, heldOut: false, final: false });
  const heldOut = apply(training, epochs(0, { epoch: 1, mse: 0.055, val_mse: 0.048 }));
  assert.deepEqual(latestLoss(heldOut), { mse: 0.048, heldOut: true, final: false });
  const all = apply(training, epochs(0, { epoch: 1, mse: 0.055, val_mse: null }));
  assert.deepEqual(latestLoss(all), { mse: 0.05, heldOut: false, final: false });
  assert.deepEqual([EMPTY, heldOut, all].map(holdsOut), [null, true, false]);
});

test("of a run that has ended the figure is its score, whatever its curve came to", () => {
  const measured = apply(apply(EMPTY, points(0, [3, 0.0262])), run({ status: "finished", epoch: 3, final_mse: 0.026, held_out: false }));
  assert.deepEqual(latestLoss(measured), { mse: 0.026, heldOut: false, final: true });
  const recording = recordingOf([measured.run, points(0, [2, 0.03], [3, 0.0262])]);
  assert.deepEqual(latestLoss(momentOf(recording, 2)), { mse: 0.03, heldOut: false, final: false });
  assert.deepEqual(latestLoss(momentOf(recording, 3)), latestLoss(measured));
});

test("a replay shows at each moment what was known then, and at the end everything", () => {
  const recording = recordingOf([
    run({ status: "finished", epoch: 3, kept: 3 }),
    points(0, [0.5, 0.3], [1.5, 0.2], [2.5, 0.1]),
    epochs(0, { epoch: 1, val_mse: 0.3 }, { epoch: 2, val_mse: 0.2 }, { epoch: 3, val_mse: 0.1 }),
    { type: "notices", notices: [{ epoch: 3, text: "late" }] },
    { type: "marks", marks: [{ kind: "paused", epoch: 1 }, { kind: "rate_changed", epoch: 2.5, rate: 1 }] },
    { ...FRAME, epoch: 3 }, { ...FRAME, epoch: 1 },
  ]);
  const moment = momentOf(recording, 2.2);
  assert.deepEqual([moment.run.epoch, moment.run.kept], [2.2, null]); // "epoch 3 of 3" only at the end
  assert.deepEqual(moment.points, [[0.5, 0.3], [1.5, 0.2]]);
  assert.deepEqual(moment.epochs.map((row) => row.epoch), [1, 2]);
  assert.deepEqual(moment.notices, []);
  assert.deepEqual(moment.marks.map(({ kind }) => kind), ["paused"]);
  assert.equal(moment.frame.epoch, 1);
  assert.equal(momentOf(recording, 0.9).frame, null); // the map of epoch 1 was not known in it
  const end = momentOf(recording, 3);
  assert.deepEqual([end.points.length, end.epochs.length, end.notices.length, end.frame.epoch], [3, 3, 1, 3]);
  assert.deepEqual([end.marks.length, end.run.kept], [2, 3]);
});

const worse = (fields = {}) => apply(apply(EMPTY, run({ epoch: 3.5, best_epoch: 3, ...fields })),
  epochs(0, { epoch: 2, mse: 0.05, val_mse: 0.049 }, { epoch: 3, mse: 0.048, val_mse: 0.047 }));
const ruined = { type: "notices", notices: [{ kind: "ruined_by_rate", epoch: 3.1, text: "…" }] };

test("a run is behind its best after a whole epoch that did not improve, or at once where its loss is ruined", () => {
  assert.equal(isBehind(worse()), false);
  assert.equal(isBehind(worse({ epoch: 4 })), true);
  assert.equal(isBehind(apply(worse(), ruined)), true);
  assert.equal(isBehind(apply(worse({ epoch: 3 }), ruined)), false); // it is there
  assert.equal(isBehind(worse({ best_epoch: 0, epoch: 5 })), false);
  assert.equal(isBehind(EMPTY), false);
});

test("the way back comes when it is first of use, then stays, and is closed where the run is at its best", () => {
  assert.equal(wayBack(worse(), "hidden"), "hidden");
  assert.equal(wayBack(worse({ epoch: 4.2 }), "hidden"), "enabled");
  assert.equal(wayBack(worse(), "enabled"), "disabled");
  assert.equal(wayBack(worse({ epoch: 4.2, status: "paused" }), "disabled"), "enabled");
  assert.equal(wayBack(worse({ epoch: 4.2, status: "measuring" }), "enabled"), "disabled");
  for (const over of [{ status: "finished" }, { mine: false, commands: [] }, { best_epoch: 0 }]) {
    assert.equal(wayBack(worse({ epoch: 4.2, ...over }), "enabled"), "hidden");
  }
});

test("the best loss is the one that decided: on held-out digits where there are any", () => {
  assert.deepEqual(bestLoss(worse()), { mse: 0.047, heldOut: true });
  const all = apply(worse(), epochs(0, { epoch: 3, mse: 0.048, val_mse: null }));
  assert.deepEqual(bestLoss(all), { mse: 0.048, heldOut: false });
  assert.equal(bestLoss(worse({ best_epoch: 9 })), null);
});
