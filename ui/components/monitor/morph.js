// The geometry of the live map: where each digit stands, what is in view, and how one frame becomes the next. Pure.

const ROWS = 10; // one per label, where the latent space has a single dimension

/**
 * A frame of protocol.js and the labels (count,) -> {positions (count, 2), names (10, 2), low, high} on the map;
 * names are the medians of the labels. With one latent dimension a digit stands in the row of its label.
 */
export function placed(frame, labels) {
  const { positions, low, high } = frame.dims === 1 ? inRows(frame, labels)
    : { positions: frame.positions, ...view(frame.low, frame.high) };
  return { positions, names: medians(positions, labels), low, high };
}

function inRows(frame, labels) {
  const positions = new Float32Array(2 * frame.count);
  for (let index = 0; index < frame.count; index += 1) {
    positions[2 * index] = frame.positions[index];
    positions[2 * index + 1] = -labels[index] + spread(index);
  }
  const { low, high } = view(frame.low, frame.high);
  return { positions, low: [low[0], 0.5 - ROWS], high: [high[0], 0.5] };
}

/** Bounds with a margin. A collapsed axis keeps a twentieth of the other, so that it looks collapsed. */
export function view(low, high) {
  const extents = low.map((least, axis) => high[axis] - least);
  const least = Math.max(...extents) / 20 || 1;
  const half = extents.map((extent) => 0.53 * Math.max(extent, least));
  const middle = low.map((least, axis) => (least + high[axis]) / 2);
  return { low: middle.map((at, axis) => at - half[axis]), high: middle.map((at, axis) => at + half[axis]) };
}

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

/** The numbers 0..count-1 in an order that is mixed and always the same, so that no label hides another. */
export function mixedOrder(count) {
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  let seed = 2021;
  for (let last = count - 1; last > 0; last -= 1) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; // Numerical Recipes' linear congruential generator
    const other = Math.floor((seed / 2 ** 32) * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/** (count, 2) positions and labels -> (10, 2) the median of each label, NaN where it has no digit. */
export function medians(positions, labels) {
  const columns = Array.from({ length: ROWS }, () => [[], []]);
  for (let index = 0; 2 * index < positions.length; index += 1) {
    const column = columns[labels[index]];
    column?.[0].push(positions[2 * index]);
    column?.[1].push(positions[2 * index + 1]);
  }
  return Float32Array.from(columns.flat(), (values) => Float32Array.from(values).sort()[values.length >> 1] ?? NaN);
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

/** A place within the row, spread evenly: -0.36 .. 0.36, by the golden ratio. */
function spread(index) {
  return 0.72 * ((index * 0.6180339887) % 1) - 0.36;
}
