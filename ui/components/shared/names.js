// Where the names of labels stand on a map: in the middle of their digits, and apart. Pure.

/** (count, 2) positions and labels -> (classes, 2) the median of each label, NaN where it has no digit. */
export function medians(positions, labels, classes) {
  const length = positions.length / 2;
  const columns = [0, 1].map((axis) => Float32Array.from({ length }, (_, i) => positions[2 * i + axis]));
  return Float32Array.from(mediansOf(columns, labels, classes).flat());
}

/** k arrays of n coordinates, (n,) labels -> for each class its median place, k numbers; NaN where it has no digit. */
export function mediansOf(columns, labels, classes) {
  const groups = Array.from({ length: classes }, () => []);
  for (let i = 0; i < columns[0].length; i += 1) groups[labels[i]]?.push(i);
  return groups.map((group) => columns.map((column) => median(Float32Array.from(group, (i) => column[i]))));
}

/** [[x, y], …] moved just so far that no two are nearer than `distance`, however many share a place; null stays. */
export function apart(places, distance) {
  const moved = places.map((place) => place && [...place]);
  for (let round = 0; round < 12; round += 1) {
    moved.forEach((first, index) => moved.slice(index + 1).forEach((second) => push(first, second, distance)));
  }
  return moved;
}

function median(values) {
  return values.sort()[values.length >> 1] ?? NaN;
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
