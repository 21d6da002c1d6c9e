// Picking: which point lies under the pointer? A kd-tree in flat arrays, with a tight box around each node.
//
// A tree and not a grid, because latent maps collapse: all codes on one axis, or all in one place, would fall into a
// few cells. The tree halves by rank, so it stays balanced, and tight boxes turn whole heaps of equal points away.

const LEAF = 16;

/** x, y: (n,) coordinates. Built in O(n log n); points that are not finite are left out. */
export class SpatialIndex {
  constructor(x, y) {
    this.x = x;
    this.y = y;
    this.ids = finiteIds(x, y);
    this.boxes = new Float64Array(4 * nodeCount(this.ids.length)); // x0, x1, y0, y1 of each node, in heap order
    const whole = measure(this, 0, 0, this.ids.length - 1);
    this.aspect = [1 / (whole.width || 1), 1 / (whole.height || 1)];
    build(this, 0, 0, this.ids.length - 1);
  }

  /** Id of the nearest point closer than `radius` pixels, or -1. scale: pixels per unit of x and of y. */
  nearest(x, y, [scaleX, scaleY], radius) {
    const search = { x, y, scaleX, scaleY, id: -1, distance: radius * radius };
    if (this.ids.length) visit(this, search, 0, 0, this.ids.length - 1);
    return search.id;
  }
}

function build(index, node, left, right) {
  const { width, height } = measure(index, node, left, right);
  if (right - left < LEAF) return;
  const middle = (left + right) >> 1;
  const axis = width * index.aspect[0] >= height * index.aspect[1] ? index.x : index.y;
  selectMedian(index.ids, axis, left, right, middle);
  build(index, 2 * node + 1, left, middle);
  build(index, 2 * node + 2, middle + 1, right);
}

/** Writes the tight box of a node and returns its size. */
function measure({ x, y, ids, boxes }, node, left, right) {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = left; i <= right; i++) {
    const id = ids[i];
    if (x[id] < x0) x0 = x[id];
    if (x[id] > x1) x1 = x[id];
    if (y[id] < y0) y0 = y[id];
    if (y[id] > y1) y1 = y[id];
  }
  boxes.set([x0, x1, y0, y1], 4 * node);
  return { width: x1 - x0, height: y1 - y0 };
}

function visit(index, search, node, left, right) {
  if (right - left < LEAF) {
    for (let i = left; i <= right; i++) offer(index, search, index.ids[i]);
    return;
  }
  const middle = (left + right) >> 1;
  const lower = boxDistance(index.boxes, search, 2 * node + 1);
  const upper = boxDistance(index.boxes, search, 2 * node + 2);
  if (lower <= upper && lower < search.distance) visit(index, search, 2 * node + 1, left, middle);
  if (upper < search.distance) visit(index, search, 2 * node + 2, middle + 1, right);
  if (lower > upper && lower < search.distance) visit(index, search, 2 * node + 1, left, middle);
}

function boxDistance(boxes, { x, y, scaleX, scaleY }, node) {
  const dx = Math.max(boxes[4 * node] - x, 0, x - boxes[4 * node + 1]) * scaleX;
  const dy = Math.max(boxes[4 * node + 2] - y, 0, y - boxes[4 * node + 3]) * scaleY;
  return dx * dx + dy * dy;
}

function offer(index, search, id) {
  const dx = (index.x[id] - search.x) * search.scaleX;
  const dy = (index.y[id] - search.y) * search.scaleY;
  const distance = dx * dx + dy * dy;
  if (distance < search.distance) Object.assign(search, { id, distance });
}

/** Hoare's quickselect; it stops on equal keys from both sides, so that equal points split evenly. */
function selectMedian(ids, keys, left, right, middle) {
  while (left < right) {
    const pivot = medianOfThree(keys[ids[left]], keys[ids[middle]], keys[ids[right]]);
    const [low, high] = partition(ids, keys, left, right, pivot);
    if (middle <= high) right = high;
    else if (middle >= low) left = low;
    else return;
  }
}

/** Afterwards left..high <= pivot <= low..right. */
function partition(ids, keys, low, high, pivot) {
  while (low <= high) {
    while (keys[ids[low]] < pivot) low++;
    while (keys[ids[high]] > pivot) high--;
    if (low > high) break;
    const swapped = ids[low];
    ids[low++] = ids[high];
    ids[high--] = swapped;
  }
  return [low, high];
}

function medianOfThree(a, b, c) {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

function nodeCount(points) {
  return 2 ** (Math.ceil(Math.log2(Math.max(points / LEAF, 1))) + 2);
}

function finiteIds(x, y) {
  const ids = new Uint32Array(x.length);
  let count = 0;
  for (let id = 0; id < x.length; id++) if (Number.isFinite(x[id]) && Number.isFinite(y[id])) ids[count++] = id;
  return ids.subarray(0, count);
}
