// The drawing picture -> code -> picture as numbers: how far a digit has come at a moment, and how tall its layers stand. Pure.

const CYCLE_MS = 3200; // for one digit: half of it on the way, half to look at what came out
const FIRST = 1; // of the pictured digits: a plain zero
const ARRIVES = 0.5; // share of the cycle at which the picture comes out
const GLOW = 0.09; // share of the cycle on either side of the moment at which a layer shines

/** Which of `count` digits is on its way after `elapsed` milliseconds, and what share of its cycle has passed. */
export function momentOfDigit(elapsed, count) {
  return { digit: (FIRST + Math.floor(elapsed / CYCLE_MS)) % count, share: (elapsed % CYCLE_MS) / CYCLE_MS };
}

/** The moment at which the next digit sets out. */
export function nextDigit(elapsed) {
  return (Math.floor(elapsed / CYCLE_MS) + 1) * CYCLE_MS;
}

/** 0..1 for each of `count` stages in a row, the first picture and the last one included: how much each shines. */
export function glows(share, count) {
  return stages(count).map((at) => Math.max(0, 1 - Math.abs(share - at) / GLOW));
}

/** Whether the digit has reached each of `count` stages. */
export function reached(share, count) {
  return stages(count).map((at) => share >= at);
}

/** Widths of layers -> heights 0..1; by the root, so that 784 beside 64 still leaves both to be seen. */
export function heights(widths, widest) {
  return widths.map((width) => Math.max(0.1, Math.sqrt(width / widest)));
}

/** What stands where the code is: its numbers as words, dots where an earlier version kept none, and "…" for the rest. */
export function codeWords(code, latentDim, most, write) {
  const shown = Math.min(latentDim, most);
  const numbers = Array.from({ length: shown }, (_, index) => (Number.isFinite(code?.[index]) ? write(code[index]) : "·"));
  return latentDim > shown ? [...numbers.slice(0, -1), "…"] : numbers;
}

/** Whether the introduction stands on the page: where it was asked for, and over a replay until it is closed. */
export function isIntroduced({ replay, closed, asked }) {
  return asked || (replay && !closed);
}

function stages(count) {
  return Array.from({ length: count }, (_, index) => (ARRIVES * index) / (count - 1));
}
