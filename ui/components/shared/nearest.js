// The points nearest to a place, by looking at all of them. Pure.

/** Ids of the `count` points nearest to a place, nearest first. columns: k arrays of n; scale: factor per column. */
export function nearestMany(columns, place, count, { scale = columns.map(() => 1), accept = () => true } = {}) {
  const ids = [];
  const distances = [];
  for (let id = 0; id < columns[0].length; id++) {
    const distance = squaredDistance(columns, place, scale, id);
    if (ids.length === count && !(distance < distances[count - 1])) continue;
    if (accept(id)) insertSorted(ids, distances, id, distance, count);
  }
  return ids;
}

function squaredDistance(columns, place, scale, id) {
  let sum = 0;
  for (let k = 0; k < columns.length; k++) {
    const gap = (columns[k][id] - place[k]) * scale[k];
    sum += gap * gap;
  }
  return sum;
}

function insertSorted(ids, distances, id, distance, count) {
  let slot = ids.length;
  while (slot > 0 && distances[slot - 1] > distance) slot--;
  ids.splice(slot, 0, id);
  distances.splice(slot, 0, distance);
  if (ids.length > count) ids.length = distances.length = count;
}
