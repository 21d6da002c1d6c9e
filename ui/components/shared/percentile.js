// How unusual an error is: the share of the digits judged on that have a smaller one. As `percentile` of
// autoencoder/analysis/digits.py, where the errors are at hand in the browser.

/** errors: (n,) smallest first -> 0..100. */
export function percentileOf(errors, error) {
  let [low, high] = [0, errors.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (errors[middle] < error) low = middle + 1;
    else high = middle;
  }
  return errors.length ? (100 * low) / errors.length : 0;
}

/** 0..100 -> "82.8%", rounded down: 99.96 % is not all. */
export function shareOf(percentile, voice) {
  return voice.percent(Math.floor(10 * percentile) / 1000);
}
