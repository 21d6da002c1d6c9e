// Epochs as people count them. Pure.

/** The epoch under way: 0 before the first step, 8 at 7.35, 7 when the seventh is just complete. run: {epoch}. */
export function epochUnderWay(run) {
  const whole = Math.round(run.epoch);
  return Math.abs(run.epoch - whole) < 1e-6 ? whole : Math.ceil(run.epoch);
}
