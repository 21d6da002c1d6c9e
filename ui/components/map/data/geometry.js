// Plane geometry: pure, no pixels and no page.

/** Even-odd rule; polygon: [[x, y], …], closed by itself. */
export function pointInPolygon(x, y, polygon) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i];
    const [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Indices of the points inside a polygon; its bounding box turns most of them away. */
export function pointsInPolygon(xs, ys, polygon) {
  const { x0, x1, y0, y1 } = bounds(polygon);
  const inside = [];
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i];
    const y = ys[i];
    if (x >= x0 && x <= x1 && y >= y0 && y <= y1 && pointInPolygon(x, y, polygon)) inside.push(i);
  }
  return inside;
}

export function boxPolygon([xa, ya], [xb, yb]) {
  return [[xa, ya], [xb, ya], [xb, yb], [xa, yb]];
}

export function bounds(points) {
  const box = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity };
  for (const [x, y] of points) {
    box.x0 = Math.min(box.x0, x);
    box.x1 = Math.max(box.x1, x);
    box.y0 = Math.min(box.y0, y);
    box.y1 = Math.max(box.y1, y);
  }
  return box;
}

/** `steps` places on the straight line from a to b, both ends included; any number of dimensions. */
export function straightWalk(a, b, steps) {
  return Array.from({ length: steps }, (_, step) => {
    const t = step / (steps - 1);
    return a.map((from, axis) => from * (1 - t) + b[axis] * t);
  });
}

/** [low, high] of the finite values, with a margin; a collapsed axis (all equal) still gets a width. */
export function paddedRange(values, margin = 0.05) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [-1, 1];
  const pad = (high - low) * margin || Math.max(Math.abs(low) * 0.5, 1);
  return [low - pad, high + pad];
}

/** A window moved by pixels of an area: what lay at a point lies that far to the right and below. */
export function shifted({ x, y }, { width, height }, [right, down]) {
  const by = (right / width) * (x[1] - x[0]);
  const up = (down / height) * (y[1] - y[0]);
  return { x: [x[0] - by, x[1] - by], y: [y[0] + up, y[1] + up] };
}

/** Ranges widened about their centre so that a unit has the same length on both axes of a window in pixels. */
export function equalRanges({ x, y }, { width, height }) {
  const unit = Math.max((x[1] - x[0]) / width, (y[1] - y[0]) / height);
  const about = ([low, high], pixels) => [(low + high - unit * pixels) / 2, (low + high + unit * pixels) / 2];
  return { x: about(x, width), y: about(y, height) };
}

/** Zoom about a point of the window: factor < 1 comes nearer. ranges, centre in plane units. */
export function zoomed(ranges, [x, y], factor) {
  const about = ([low, high], centre) => [centre + (low - centre) * factor, centre + (high - centre) * factor];
  return { x: about(ranges.x, x), y: about(ranges.y, y) };
}

/** Where a card of a given size goes: beside the point, never over it, never outside the screen (all in pixels). */
export function placeCard(point, size, screen, gap = 18) {
  const right = point.x + gap + size.width <= screen.width;
  const left = point.x - gap - size.width >= 0;
  const y = clamp(point.y - size.height / 2, 8, screen.height - size.height - 8);
  if (right) return { x: point.x + gap, y };
  if (left) return { x: point.x - gap - size.width, y };
  return placeAboveOrBelow(point, size, screen, gap);
}

function placeAboveOrBelow(point, size, screen, gap) {
  const x = clamp(point.x - size.width / 2, 8, screen.width - size.width - 8);
  const above = point.y - gap - size.height;
  return { x, y: above >= 0 ? above : point.y + gap };
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(value, high));
}
