// Where a code that is no digit's lies on the map. Pure.

import { placeOf } from "./map_data.js";

/**
 * code: (d,) numbers; nearest: rows of the digits with the nearest codes. -> the place on the map's axes, k numbers. Where the map
 * is no projection, as t-SNE's, that is the median of their places, as openTSNE places new points at first.
 */
export function placeOfCode(mapData, code, nearest) {
  const { plane, k } = mapData;
  if (!plane) return medians(nearest.map((row) => placeOf(mapData, row)), k);
  return plane.basis.map((direction) => direction.reduce((sum, part, i) => sum + part * (code[i] - plane.origin[i]), 0));
}

function medians(places, k) {
  return Array.from({ length: k }, (_, axis) => {
    const sorted = places.map((place) => place[axis]).sort((a, b) => a - b);
    return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  });
}
