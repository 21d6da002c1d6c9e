import assert from "node:assert/strict";
import { test } from "node:test";
import { createLevels, fairOrder, keepingOrder, mostCovered, squareAt, uncrowded, withRoom } from "../../ui/components/map/draw/room.js";
import { createPictures, stampPictures } from "../../ui/components/map/draw/pictures.js";

const N = 3000;
const CLASSES = 4;
const random = numbers(7);
const bell = () => random() + random() + random() - 1.5;
// Of the last label there are twenty in the middle of all.
const labels = Uint8Array.from({ length: N }, (_, i) => (i < 20 ? 3 : i % 3));
const points = { x: Float32Array.from({ length: N }, bell), y: Float32Array.from({ length: N }, bell) };
const scene = { rows: Uint32Array.from({ length: N }, (_, i) => i), lit: 0, ...points };
const SIDE = 33;
const order = fairOrder(scene, labels, CLASSES);
const first = { scale: [200, 150], spacing: Math.sqrt((600 * 450) / N), side: SIDE };
const ZOOMS = [0.2, 0.5, 1, 1.3, 2, 4, 9, 20, 60];

/** Pairs of the ids whose squares overlap at a scale. */
function overlaps(ids, { x, y }, [across, up], side) {
  const pairs = [];
  ids.forEach((a, i) => ids.slice(i + 1).forEach((b) => {
    if (Math.abs(x[a] - x[b]) * across < side - 1 && Math.abs(y[a] - y[b]) * up < side - 1) pairs.push([a, b]);
  }));
  return pairs;
}

const drawnOf = ({ shows }) => [...order].filter(shows);

test("no picture lies over another, at any zoom", () => {
  const levels = createLevels(points, order, first);
  for (const zoom of ZOOMS) {
    const level = levels(zoom);
    assert.deepEqual(overlaps(drawnOf(level), points, first.scale.map((each) => each * zoom), level.side), []);
  }
});

test("whoever comes nearer sees the same pictures and more, until all are there", () => {
  const levels = createLevels(points, order, first);
  const seen = ZOOMS.map((zoom) => new Set(drawnOf(levels(zoom))));
  seen.slice(1).forEach((nearer, i) => {
    assert.ok(seen[i].size < nearer.size, `${seen[i].size} pictures, then ${nearer.size}`);
    assert.ok([...seen[i]].every((id) => nearer.has(id)));
  });
  assert.equal(drawnOf(levels(5000)).length, N);
});

test("the same window shows the same pictures, whichever way one came to it", () => {
  const [there, back] = [createLevels(points, order, first), createLevels(points, order, first)];
  back(60);
  back(0.2);
  for (const zoom of ZOOMS) assert.deepEqual(drawnOf(there(zoom)), drawnOf(back(zoom)));
});

test("what is not worked out in time is what one saw from farther away, and comes in the next pictures", () => {
  const [all, hurried] = [createLevels(points, order, first), createLevels(points, order, first)];
  const views = [hurried(4, 0)]; // a step at a time
  assert.deepEqual(drawnOf(views[0]), drawnOf(all(1)));
  while (views.at(-1).more) views.push(hurried(4, 0));
  assert.equal(views.length, 7);
  assert.deepEqual(drawnOf(views.at(-1)), drawnOf(all(4)));
});

test("where many lie on each other they stay dots until there is room", () => {
  const levels = createLevels(points, order, first);
  const middle = ({ x, y }) => (id) => Math.hypot(x[id], y[id]) < 0.3;
  assert.equal(drawnOf(levels(1)).filter(middle(points)).length, 0);
  assert.ok(drawnOf(levels(1)).length > 20); // at the edges there is room
  assert.ok(drawnOf(levels(4)).filter(middle(points)).length > 20);
});

test("each label has its chance where it is crowded, and the order does not change with what is shown", () => {
  const shown = drawnOf(createLevels(points, order, first)(4));
  for (let label = 0; label < CLASSES; label += 1) assert.ok(shown.some((id) => labels[id] === label), `label ${label}`);
  assert.deepEqual([...order.slice(0, CLASSES)].map((id) => labels[id]), [0, 1, 2, 3]);
  const alone = fairOrder({ rows: scene.rows.filter((row) => labels[row] === 2), lit: 0 }, labels, CLASSES);
  assert.deepEqual([...alone].map((id) => id), [...alone.keys()]);
});

test("labels that step back get no room", () => {
  assert.deepEqual([...fairOrder({ ...scene, lit: 2990 }, labels, CLASSES)].sort(), [2990, 2991, 2992, 2993, 2994, 2995, 2996, 2997, 2998, 2999]);
});

test("digits that lie on each other are one picture, however near one comes; what is nowhere is none", () => {
  const heap = { x: new Float32Array(50), y: new Float32Array(50) };
  heap.x[49] = NaN;
  const levels = createLevels(heap, Uint32Array.from({ length: 50 }, (_, i) => i), first);
  for (const zoom of [4, 1e6, 1e30]) assert.deepEqual([...Array(50).keys()].filter(levels(zoom).shows), [0]);
});

test("pictures grow to twice their size where there is room for all of them, and never overlap as they do", () => {
  const few = Uint32Array.from({ length: 40 }, (_, i) => i);
  const levels = createLevels(points, few, { ...first, spacing: 200 });
  const sizes = [1, 1.3, 3, 30].map((zoom) => levels(zoom).side);
  assert.deepEqual([sizes[0], sizes.at(-1)], [2 * SIDE, 2 * SIDE]);
  assert.deepEqual([0.1, 60].map((zoom) => createLevels(points, order, first)(zoom).side), [SIDE, 2 * SIDE]);
});

test("while codes move, a picture stays as long as it meets none that was there before it", () => {
  const rows = scene.rows;
  let before = null;
  let missed = 0;
  for (let step = 0; step < 10; step += 1) {
    const now = { x: points.x.map((value, i) => 1.02 ** step * (value + 0.0002 * step * (i % 5))), y: points.y };
    const ids = withRoom(now, first.scale, SIDE, keepingOrder(uncrowded(now, first.scale, SIDE, order, mostCovered(9)), rows, before));
    assert.deepEqual(overlaps([...ids], now, first.scale, SIDE), []);
    if (before) missed += [...before].filter((row) => !ids.includes(row)).length / before.size;
    before = new Set(ids);
  }
  assert.ok(missed / 9 < 0.1, `${missed / 9} of the pictures are gone from one step to the next`);
});

test("a picture is pointed at wherever it lies", () => {
  const shown = drawnOf(createLevels(points, order, first)(1));
  const id = shown[5];
  const place = [points.x[id] + 12 / 200, points.y[id] - 12 / 150];
  assert.equal(squareAt(shown, points, first.scale, SIDE, place), id);
  assert.equal(squareAt(shown, points, first.scale, SIDE, [90, 90]), -1);
});

test("moving the window aside changes no picture that was in it", () => {
  const mapData = { images: new Uint8Array(784 * N), start: 0, labels, classes: [..."0123"] };
  const area = { left: 0, top: 0, width: 400, height: 300 };
  const { still } = createPictures(mapData, { area: () => area, scale: () => [800, 800] }, () => ({ x: [-1.5, 1.5], y: [-1.5, 1.5] }));
  const seenFrom = (left) => ({ x: points.x.map((x) => (x - left) * 800), y: points.y.map((y) => (0.2 - y) * 800) });
  const settled = (left) => {
    const found = still(scene, seenFrom(left));
    return found.more ? settled(left) : found;
  };
  const [here, aside] = [-0.2, -0.1].map(settled);
  const inBoth = (id) => points.x[id] > -0.1 && points.x[id] < 0.3 && points.y[id] < 0.2 && points.y[id] > -0.17;
  assert.ok([...here.ids].filter(inBoth).length > 10);
  assert.deepEqual([...here.ids].filter(inBoth), [...aside.ids].filter(inBoth));
  mapData.images = null;
  assert.equal(still(scene, seenFrom(0)), null); // while they are under way there are dots
});

test("a picture is its digit as ink on paper in a frame of its label's colour, cut off at the edge of the map", () => {
  const pixels = new Uint8Array(784);
  pixels[28 * 14 + 14] = 255;
  const theme = { background: [255, 255, 255], text: [10, 20, 30] };
  const image = { data: new Uint8ClampedArray(4 * 50 * 40), width: 50, height: 40 };
  const chosen = { ids: [0, 1], side: 33, imageOf: () => pixels };
  const seen = { x: [20, 50], y: [18, 40] };
  stampPictures(image, chosen, seen, { theme, ratio: 1, opacity: 1, colourOf: () => [63, 144, 218] });
  const at = (x, y) => [...image.data.slice(4 * (50 * y + x), 4 * (50 * y + x) + 4)];
  assert.deepEqual(at(4, 2), [63, 144, 218, 255]); // the corner of the frame: 32 pixels around (20, 18)
  assert.deepEqual(at(6, 4), [255, 255, 255, 255]);
  assert.deepEqual(at(20, 18), [10, 20, 30, 255]);
  assert.deepEqual(at(2, 2), [0, 0, 0, 0]);
  assert.deepEqual(at(34, 24), [63, 144, 218, 255]);
});

function numbers(state) {
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}
