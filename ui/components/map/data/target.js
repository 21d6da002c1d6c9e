// What lies under a place of the map: a digit, or empty space that the decoder can fill.

import { codeAt, codeOf, decode, fileRowOf, imageOf, nameOf, spreadOf } from "./map_data.js";

export const REACH = 12; // pixels: the nearest digit within this distance is picked

/** index: SpatialIndex over scene.x, scene.y -> {kind: "digit", row, place} | {kind: "decoded", place}. */
export function targetAt(scene, index, place, scale) {
  const i = index.nearest(place[0], place[1], scale, REACH);
  return i < 0 ? { kind: "decoded", place } : digitTarget(scene, i);
}

const ON_TOP = 4; // pixels: of the digits this near to the pointer the foremost is meant

/** seen: pixels {x, y, depth} of the scene's digits -> the digit that is seen at {x, y}, or null. */
export function targetSeenAt(scene, { x, y, depth }, at) {
  let best = -1;
  let least = Infinity; // depth of those near, or else the distance, which counts from 1000
  for (let i = 0; i < x.length; i += 1) {
    const [across, down] = [x[i] - at.x, y[i] - at.y];
    const far = across * across + down * down;
    if (!(far <= REACH * REACH)) continue;
    const rank = far <= ON_TOP * ON_TOP ? depth[i] + (i < scene.lit ? 500 : 0) : 1000 + far;
    if (rank < least) [best, least] = [i, rank];
  }
  return best < 0 ? null : digitTarget(scene, best);
}

export function digitTarget(scene, i) {
  const { rows, x, y, z } = scene;
  return { kind: "digit", row: rows[i], place: z ? [x[i], y[i], z[i]] : [x[i], y[i]] };
}

/** Target of a row, or null where it is not drawn. */
export function targetOfRow(scene, row) {
  const i = scene.rows.indexOf(row);
  return i < 0 ? null : digitTarget(scene, i);
}

/**
 * What a card shows: {kind, row, index, fileRow, label, name, predicted, predictedName, training, error, spread, original,
 * reconstruction};
 * label and predicted are places in mapData.classes, name and predictedName what stands there.
 * `live` is false in the replay of an epoch whose decoder was not kept: then nothing is decoded.
 */
export function contentOf(mapData, target, live = true) {
  if (target.kind === "decoded") return decodedContent(mapData, target, live);
  const { row } = target;
  const code = live ? codeOf(mapData, row) : null;
  const predicted = live ? (mapData.neighbours?.predicted[row] ?? null) : null;
  return {
    kind: "digit",
    row,
    index: row + mapData.start,
    fileRow: fileRowOf(mapData, row),
    label: mapData.labels[row],
    name: nameOf(mapData, row),
    predicted,
    predictedName: mapData.labelled ? (mapData.classes[predicted] ?? null) : null,
    training: row < mapData.trainingRows,
    error: live && mapData.errors ? mapData.errors[row] : null, // of another epoch: not known
    spread: live ? spreadOf(mapData, row) : null,
    original: imageOf(mapData, row),
    reconstruction: decode(mapData, code),
  };
}

/** target.code: the full code, if the map position does not determine it. */
function decodedContent(mapData, { place, code = null }, live) {
  const here = code ?? (mapData.plane ? codeAt(mapData, place.slice(0, mapData.k)) : null);
  const picture = live ? decode(mapData, here) : null;
  return picture ? { kind: "decoded", place: place.slice(0, mapData.k), reconstruction: picture } : null;
}
