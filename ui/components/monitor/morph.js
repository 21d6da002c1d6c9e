// How one frame of the live map becomes the next. Pure.

/** What is seen at `share` 0..1 of the way from one placed frame to the next. */
export function between(first, second, share) {
  if (share >= 1 || first.positions.length !== second.positions.length) return second;
  const blend = (from, to) => from.map((value, index) => value + (to[index] - value) * share);
  return {
    positions: blend(first.positions, second.positions),
    names: blend(first.names, second.names),
    low: blend(first.low, second.low),
    high: blend(first.high, second.high),
  };
}

/** Slow, fast, slow: 0..1 -> 0..1. */
export function ease(share) {
  return share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2;
}
