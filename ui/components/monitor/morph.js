// How one frame of the live map becomes the next, and where the names on it stand. Pure.

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

/** [[x, y], …] moved just so far that no two are nearer than `distance`, however many share a place; null stays. */
export function apart(places, distance) {
  const moved = places.map((place) => place && [...place]);
  for (let round = 0; round < 12; round += 1) {
    moved.forEach((first, index) => moved.slice(index + 1).forEach((second) => push(first, second, distance)));
  }
  return moved;
}

function push(first, second, distance) {
  if (!first || !second) return;
  const [across, down] = [second[0] - first[0], second[1] - first[1]];
  const length = Math.hypot(across, down);
  if (length >= distance) return;
  const step = (distance - length) / 2;
  const [x, y] = length ? [across / length, down / length] : [1, 0];
  first[0] -= x * step; first[1] -= y * step;
  second[0] += x * step; second[1] += y * step;
}
