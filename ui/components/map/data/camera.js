// How a space of three dimensions is seen: a cube of side 1 around the origin, an eye, and a picture in perspective. Pure.

export const HOME = [1.25, 1.25, 1.25, 0, 0, 0, 0, 0, 1]; // the eye, what it looks at, which way is up
const HALF_ANGLE = Math.PI / 8; // of what the eye takes in
const NEAREST = 0.05; // sides of the cube: what is nearer to the eye is not seen
const RADIANS = Math.PI / 180;
const STEEPEST = 85; // degrees: straight from above, across has no meaning
const [CLOSEST, FARTHEST] = [0.15, 12]; // sides of the cube from the eye to what it looks at

/**
 * What becomes of codes (x, y, z) in a picture of {width, height}: {across, above, depth} as sums of four numbers (for x, y, z
 * and 1), and pixels per unit at depth 1. camera: nine numbers; cube: see cubeOf.
 */
export function projection(camera, { scale, middle }, { width, height }) {
  const [eye, centre, up] = parts(camera);
  const ahead = unit(centre.map((value, k) => value - eye[k]));
  const right = unit(cross(ahead, up));
  const sums = (direction) => {
    const slopes = direction.map((value, k) => value * scale[k]);
    return [...slopes, -dot(slopes, middle) - dot(direction, eye)];
  };
  return {
    across: sums(right), above: sums(cross(right, ahead)), depth: sums(ahead), width, height,
    pixels: Math.min(width, height) / 2 / Math.tan(HALF_ANGLE),
  };
}

/** columns x, y, z: (n,) codes -> {x, y, depth}: (n,) pixels from the upper left corner, NaN behind the eye; how far away. */
export function project({ across, above, depth, width, height, pixels }, columns) {
  const n = columns.x.length;
  const [xs, ys, depths] = [0, 1, 2].map(() => new Float32Array(n));
  const sum = (row, x, y, z) => row[0] * x + row[1] * y + row[2] * z + row[3];
  for (let i = 0; i < n; i += 1) {
    const [x, y, z] = [columns.x[i], columns.y[i], columns.z[i]];
    depths[i] = sum(depth, x, y, z);
    const size = depths[i] > NEAREST ? pixels / depths[i] : NaN;
    xs[i] = width / 2 + sum(across, x, y, z) * size;
    ys[i] = height / 2 - sum(above, x, y, z) * size;
  }
  return { x: xs, y: ys, depth: depths };
}

/** The same of one place [x, y, z]. */
export function projected(seen, [x, y, z]) {
  const one = project(seen, { x: [x], y: [y], z: [z] });
  return { x: one.x[0], y: one.y[0], depth: one.depth[0] };
}

/** From the eye to what it looks at, in sides of the cube. */
export function distanceOf(camera) {
  const [eye, centre] = parts(camera);
  return Math.hypot(...eye.map((value, k) => value - centre[k]));
}

/** The camera turned around what it looks at: degrees around the upright axis, and up or down. */
export function turned(camera, across, up) {
  const [eye, centre] = parts(camera);
  const [x, y, z] = eye.map((value, k) => value - centre[k]);
  const far = Math.hypot(x, y, z);
  const around = Math.atan2(y, x) + across * RADIANS;
  const limit = STEEPEST * RADIANS;
  const height = Math.max(-limit, Math.min(limit, Math.asin(z / far) + up * RADIANS));
  const away = [Math.cos(height) * Math.cos(around), Math.cos(height) * Math.sin(around), Math.sin(height)];
  return [...away.map((value, k) => centre[k] + far * value), ...camera.slice(3)];
}

/** The camera nearer to what it looks at (factor < 1) or farther from it, within limits. */
export function nearer(camera, factor) {
  const [eye, centre] = parts(camera);
  const away = eye.map((value, k) => value - centre[k]);
  const far = Math.hypot(...away);
  const wanted = Math.max(CLOSEST, Math.min(FARTHEST, far * factor));
  return [...away.map((value, k) => centre[k] + (value * wanted) / far), ...camera.slice(3)];
}

/**
 * ranges {x, y, z} of codes -> {scale, middle, half} by axis: a code is at (code - middle) * scale, and the cube goes from
 * -half to half; equal: a unit has the same length on all axes.
 */
export function cubeOf(ranges, equal) {
  const axes = ["x", "y", "z"].map((axis) => ranges[axis]);
  const sides = axes.map(([low, high]) => high - low);
  const longest = Math.max(...sides);
  const scale = sides.map((side) => 1 / (equal ? longest : side));
  return { scale, middle: axes.map(([low, high]) => (low + high) / 2), half: sides.map((side, k) => (side * scale[k]) / 2) };
}

const DEPTHS = 4096; // steps in which depths are told apart

/** Indices of depths from the farthest to the nearest. */
export function farthestFirst(depths) {
  let low = Infinity;
  let high = -Infinity;
  for (const depth of depths) {
    if (depth < low) low = depth;
    if (depth > high) high = depth;
  }
  const steps = (DEPTHS - 1) / (high - low || 1);
  const cells = Uint16Array.from(depths, (depth) => (high - depth) * steps);
  const next = new Uint32Array(DEPTHS + 1);
  for (const cell of cells) next[cell + 1] += 1;
  for (let cell = 0; cell < DEPTHS; cell += 1) next[cell + 1] += next[cell];
  const order = new Uint32Array(depths.length);
  for (let i = 0; i < cells.length; i += 1) order[next[cells[i]]++] = i;
  return order;
}

export function parts(camera) {
  return [camera.slice(0, 3), camera.slice(3, 6), camera.slice(6, 9)];
}

function dot(a, b) {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}

function cross([a, b, c], [x, y, z]) {
  return [b * z - c * y, c * x - a * z, a * y - b * x];
}

function unit(vector) {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
