// Which digits there is room for to be drawn as pictures, none over another. What one sees while moving is chosen here too, so
// that no picture comes and goes without need. Pure.

const STEP = 1.25; // how much nearer the window of a level is than that of the level before
const MOST = 24; // digits in the square of one picture, at the first view: where there are more, they stay dots
const NEVER = 32767;

/**
 * (n,) ids of a scene that have not stepped back -> the order in which they get room: by turns one of each label, so that a
 * rare one has its chance, and always the same, wherever the window is. The scene's own order is a shuffled one.
 */
export function fairOrder({ rows, lit }, labels, classes) {
  const queues = Array.from({ length: classes }, () => []);
  for (let id = lit; id < rows.length; id += 1) queues[labels[rows[id]]].push(id);
  const order = new Uint32Array(rows.length - lit);
  let next = 0;
  for (let turn = 0; next < order.length; turn += 1) {
    for (const queue of queues) if (turn < queue.length) order[next++] = queue[turn];
  }
  return order;
}

/** The same order, but first those whose rows were drawn in the picture before. */
export function keepingOrder(order, rows, before) {
  if (!before?.size) return order;
  const kept = order.filter((id) => before.has(rows[id]));
  return Uint32Array.from([...kept, ...order.filter((id) => !before.has(rows[id]))]);
}

/**
 * points: (n,) x and y; scale: pixels per unit of each; order: ids -> those of them whose squares of `side` pixels overlap none
 * of those before, nor of `kept`, which overlap none of each other.
 */
export function withRoom(points, scale, side, order, kept = []) {
  const grid = gridOf(points, scale, side, order.length + kept.length);
  for (const id of kept) grid.put(id, id);
  return chosen(order, (id) => grid.isFree(id) && grid.put(id, id));
}

/** The ids of an order around which not more than `most` of them share a square of `side` pixels. */
export function uncrowded(points, scale, side, order, most) {
  if (order.length <= most) return order;
  const grid = gridOf(points, scale, side, order.length);
  const slots = new Int32Array(order.length);
  for (let i = 0; i < order.length; i += 1) slots[i] = grid.count(order[i]);
  let next = 0;
  return chosen(order, () => grid.values[slots[next++]] <= most);
}

/** As `filter` does, but several times faster for arrays of this size. */
function chosen(order, accept) {
  const found = new Uint32Array(order.length);
  let count = 0;
  for (let i = 0; i < order.length; i += 1) if (accept(order[i])) found[count++] = order[i];
  return found.subarray(0, count);
}

/** How many digits a picture may cover: more the nearer one has come, as those that lie on each other never part. */
export function mostCovered(nearness) {
  return MOST * Math.max(1, nearness) ** 2;
}

/**
 * The choice for every zoom: who comes nearer sees the same pictures and more of them, and moving aside changes none.
 * points: {x, y}; order: see fairOrder; first {scale, count, side}: pixels per unit at the first view, digits that would fill
 * it side by side, and the side of a square. `side` grows up to twice where there is room for all.
 * -> at(nearness, until) -> {side, shows(id), more}; nearness: pixels per unit, by those of the first view. After the moment
 * `until` no further step is worked out: `more` says that the pictures are those of a zoom farther away, as yet.
 */
export function createLevels(points, order, { scale, spacing, side }) {
  const since = new Int16Array(points.x.length).fill(NEVER); // the level from which on each is drawn
  let [low, high] = [0, -1]; // levels that are known
  let [roomy, crowded] = [order, true];
  const growing = Math.ceil(Math.log((2 * side) / spacing) / Math.log(STEP)); // the level from which on pictures grow

  const nearnessOf = (level) => STEP ** level;
  const sideAt = (level) => side * Math.min(2, Math.max(1, nearnessOf(level - growing)));
  const scaleAt = (level) => scale.map((each) => each * nearnessOf(level));
  const drawnAt = (level) => chosen(order, (id) => since[id] <= level);

  function nearer(level) {
    const square = [points, scaleAt(level), sideAt(level)];
    if (crowded) roomy = uncrowded(...square, order, mostCovered(nearnessOf(level)));
    crowded = roomy.length < order.length; // once there is room around all of them, there is at every later level
    const waiting = chosen(roomy, (id) => since[id] > level);
    if (!waiting.length) return;
    for (const id of withRoom(...square, waiting, drawnAt(level - 1))) since[id] = level;
  }

  function farther(level) {
    for (const id of withRoom(points, scaleAt(level), sideAt(level), drawnAt(level + 1))) since[id] = level;
  }

  return function at(nearness, until = Infinity) {
    const wanted = Math.max(-99, Math.min(99, Math.floor(Math.log(nearness) / Math.log(STEP) + 1e-6)));
    for (let first = true; high < Math.max(0, wanted) && (first || performance.now() < until); first = false) nearer((high += 1));
    while (low > wanted) farther((low -= 1));
    const level = Math.min(wanted, high);
    return { side: sideAt(level), shows: (id) => since[id] <= level, more: level < wanted };
  };
}

/** Of the ids drawn as squares of `side` pixels the one that lies at a place, or -1. */
export function squareAt(ids, { x, y }, [across, up], side, [px, py]) {
  const lies = (id) => 2 * across * Math.abs(x[id] - px) <= side && 2 * up * Math.abs(y[id] - py) <= side;
  return ids.find(lies) ?? -1;
}

/**
 * A grid without ends over the points, in cells as large as a square: two squares in one cell would overlap. The cells are kept
 * in a hash table of flat arrays, for `capacity` points.
 */
function gridOf({ x, y }, [across, up], side, capacity) {
  const size = 2 ** Math.ceil(Math.log2(2 * capacity + 2));
  const columns = new Int32Array(size);
  const rows = new Int32Array(size);
  const values = new Int32Array(size).fill(-1);
  const columnOf = (id) => Math.floor((x[id] * across) / side);
  const rowOf = (id) => Math.floor((y[id] * up) / side);

  function slotOf(column, row) {
    let slot = mixed(column, row) & (size - 1);
    while (values[slot] >= 0 && (columns[slot] !== (column | 0) || rows[slot] !== (row | 0))) slot = (slot + 1) & (size - 1);
    return slot;
  }

  function put(id, value) {
    const [column, row] = [columnOf(id), rowOf(id)];
    const slot = slotOf(column, row);
    columns[slot] = column;
    rows[slot] = row;
    values[slot] = value;
    return true;
  }

  function meets(id, other) {
    return other >= 0 && Math.abs(x[id] - x[other]) * across < side && Math.abs(y[id] - y[other]) * up < side;
  }

  return {
    values,
    put,
    /** One more in the cell of a point -> where among the values they are counted. */
    count(id) {
      const slot = slotOf(columnOf(id), rowOf(id));
      if (values[slot] < 0) put(id, 0);
      values[slot] += 1;
      return slot;
    },
    isFree(id) {
      const [column, row] = [columnOf(id), rowOf(id)];
      if (!Number.isFinite(column + row)) return false;
      for (let i = column - 1; i <= column + 1; i += 1) {
        for (let j = row - 1; j <= row + 1; j += 1) if (meets(id, values[slotOf(i, j)])) return false;
      }
      return true;
    },
  };
}

function mixed(column, row) {
  let bits = Math.imul(column, 0x9e3779b1) ^ Math.imul(row, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  return bits ^ (bits >>> 13);
}
