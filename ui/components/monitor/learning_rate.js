// What a person types as a learning rate. Pure.

/** A learning rate as typed, with a point or a comma: a number from `least` to `most`, else null. */
export function parseRate(text, least, most) {
  const plain = text.trim().replace(",", ".");
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null;
  const rate = Number(plain);
  return rate >= least && rate <= most ? rate : null;
}

const FAR = 10; // times the rate that a training began with

/**
 * Whether a rate deserves a word before it is set: a rise that is absurd for Adam, or one far above the rate that the
 * training began with, unless it is small all the same. run: {learning_rate, first_rate}.
 */
export function isDaring(rate, run, absurd) {
  return rate > run.learning_rate && (rate > absurd || (rate >= FAR * run.first_rate && rate >= absurd / FAR));
}
