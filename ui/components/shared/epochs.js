// Epochs as people count them. Pure.

/** Whether an epoch is complete: 7, not 7.35. */
export function isComplete(epoch) {
  return Math.abs(epoch - Math.round(epoch)) < 1e-6;
}

/** The epoch under way: 0 before the first step, 8 at 7.35, 7 when the seventh is just complete. run: {epoch}. */
export function epochUnderWay(run) {
  return isComplete(run.epoch) ? Math.round(run.epoch) : Math.ceil(run.epoch);
}
