// What the state of a run (run_state.js) means for the views of the monitor. Pure: no page, no network.

import { decodeFrame } from "../shared/frames.js";
import { EMPTY, apply, mapValues } from "../shared/run_state.js";

/** Whether no more events follow: the run has ended, or the app stopped in the middle of it. */
export function isOver(run) {
  return run.ended || run.status === "interrupted";
}

/**
 * How the buttons of a run's commands look now: {command: "hidden" | "disabled" | "enabled"}.
 * `run.commands` is what the server says that this browser may ask; pause and resume share one place.
 */
export function buttonStates(run, commands) {
  const none = !run.mine || isOver(run);
  const other = run.status === "paused" ? "pause" : "resume";
  const stateOf = (action) => {
    if (none || action === other) return "hidden";
    return run.commands.includes(action) ? "enabled" : "disabled";
  };
  return Object.fromEntries(commands.map((action) => [action, stateOf(action)]));
}

/** Whether a run is worse now than at its best epoch: a whole epoch did not improve on it, or the loss has left it. */
export function isBehind({ run, notices }) {
  if (!run?.best_epoch || run.epoch <= run.best_epoch) return false;
  return Math.floor(run.epoch + 1e-6) > run.best_epoch || notices.some(({ kind }) => kind?.startsWith("ruined"));
}

/**
 * How the button that leads back to the best epoch looks now, as of `buttonStates`. It comes when it is first of use;
 * `before` is how it looked last: it stays from then on.
 */
export function wayBack(state, before) {
  const { run } = state;
  if (!run.mine || isOver(run) || !run.best_epoch) return "hidden";
  if (isBehind(state)) return run.commands.includes("go_back") ? "enabled" : "disabled";
  return before === "hidden" ? "hidden" : "disabled";
}

/** {mse, heldOut} at the end of the best epoch, as of `latestLoss`; null where its row is not known. */
export function bestLoss(state) {
  const row = state.epochs.find(({ epoch }) => epoch === state.run.best_epoch);
  if (!row) return null;
  return Number.isFinite(row.val_mse) ? { mse: row.val_mse, heldOut: true } : { mse: row.mse, heldOut: false };
}

/**
 * {mse, heldOut, final}: the error of a run that has ended; else of the last complete epoch on held-out digits, else of the
 * last training point, else null.
 */
export function latestLoss(state) {
  if (Number.isFinite(state.run?.final_mse)) return { mse: state.run.final_mse, heldOut: state.run.held_out, final: true };
  const epoch = state.epochs.at(-1);
  if (Number.isFinite(epoch?.val_mse)) return { mse: epoch.val_mse, heldOut: true, final: false };
  const mse = state.points.at(-1)?.[1] ?? epoch?.mse;
  return Number.isFinite(mse) ? { mse, heldOut: false, final: false } : null;
}

/** True, false, or null while no epoch has told whether digits were held out. */
export function holdsOut(state) {
  return state.epochs.length ? Number.isFinite(state.epochs.at(-1).val_mse) : null;
}

/** A stored run's messages -> what a replay needs: the whole story, and its frames in order. */
export function recordingOf(messages) {
  const frames = messages.filter((message) => message.type === "frame").map(decodeFrame);
  const whole = messages.filter((message) => message.type !== "frame").reduce(apply, EMPTY);
  return { whole, frames: frames.sort((first, second) => first.epoch - second.epoch) };
}

/** The state as it was when training had come to `epoch`. */
export function momentOf({ whole, frames }, epoch) {
  const points = upTo(whole.points, epoch, (point) => point[0]);
  const over = epoch >= whole.run.epoch; // what the end gave is not known before
  return {
    ...whole,
    points,
    parts: mapValues(whole.parts, (values) => values.slice(0, points.length)),
    run: { ...whole.run, epoch, final_mse: over ? whole.run.final_mse : null, kept: over ? whole.run.kept : null },
    epochs: upTo(whole.epochs, epoch, (row) => row.epoch),
    notices: upTo(whole.notices, epoch, (notice) => notice.epoch),
    marks: upTo(whole.marks, epoch, (mark) => mark.epoch),
    frame: frames.findLast((frame) => frame.epoch <= epoch) ?? null,
  };
}

function upTo(rows, epoch, epochOf) {
  return rows.filter((row) => epochOf(row) <= epoch);
}
