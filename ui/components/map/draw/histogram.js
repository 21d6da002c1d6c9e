// One latent dimension: every digit becomes a tile of a histogram, so that one pointer and one lasso serve all maps.

/**
 * codes, labels: (n,), labels below `classes` -> heights (n,): rank in the bin, label 0 at the bottom; 0.5, 1.5, …, the
 * centres of the tiles.
 */
export function stackHeights(codes, labels, classes, [low, high], bins = 240) {
  const counts = new Uint32Array(bins * classes);
  const cell = new Uint32Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    cell[i] = binOf(codes[i], low, high, bins) * classes + labels[i];
    counts[cell[i]] += 1;
  }
  const next = floors(counts, bins, classes);
  return Float32Array.from(cell, (slot) => next[slot]++ + 0.5);
}

export function binOf(code, low, high, bins) {
  return Math.max(0, Math.min(bins - 1, Math.floor(((code - low) / (high - low || 1)) * bins)));
}

/** Where each label's tiles begin within their bin. */
function floors(counts, bins, classes) {
  const start = new Uint32Array(counts.length);
  for (let bin = 0; bin < bins; bin++) {
    for (let slot = bin * classes + 1; slot < (bin + 1) * classes; slot++) start[slot] = start[slot - 1] + counts[slot - 1];
  }
  return start;
}
