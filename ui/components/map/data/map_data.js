// The data of a map. Codes, errors and labels are loaded before it is drawn; pictures, decoder and neighbours after.

import { columns, dequantise, fetchBundle } from "../../shared/bundle.js";
import { fetchBuffer, fetchBytes } from "../../shared/bytes.js";
import { makeDecoder, placeToCode } from "../../shared/decoder.js";
import { makeEncoder } from "../../shared/encoder.js";
import { PIXELS } from "../../shared/digits.js";
import { isLabelled } from "../../shared/labels.js";

/** urls: MapUrls in ui/components/descriptions.py; classes: names of the labels. */
export async function loadMapData(urls, classes) {
  const [bundle, labels] = await Promise.all([fetchBundle(urls.map), fetchBytes(urls.labels)]);
  return makeMapData(bundle, labels, classes, urls);
}

/** Rows count from the map's first digit; digit `index` in the dataset = row + start. */
export function makeMapData({ header, arrays }, labels, classes, urls = {}) {
  const [n, k] = arrays.codes.shape;
  const start = header.start ?? 0;
  const from = header.images_from ?? 0; // the digit that images and labels begin with
  const mapData = {
    n,
    k,
    start,
    classes, // names of the labels
    labelled: isLabelled(classes),
    trainingRows: Math.max(0, header.n_training - start),
    latentDim: header.latent_dim,
    plane: header.basis ? { origin: header.origin, basis: header.basis } : null,
    prior: header.prior ?? false, // whether codes were trained to lie as standard normal numbers do
    shares: header.shares ?? null, // of the codes' variance, for each axis of the map
    columns: columns(dequantise(arrays.codes), k), // k arrays of (n,)
    errors: arrays.errors ? dequantise(arrays.errors) : null, // (n,) MSE; null for pixel maps, which have no network
    labels: labels.subarray(start - from, start - from + n), // (n,) places in classes
    imagesFrom: from,
    images: null,
    fileRows: null, // (n,) numbers that the digits have in the file that they came from; of images that somebody brought
    decoder: null,
    encoder: null,
    judged: null, // errors of the digits that the run is judged on, smallest first
    spread: null, // (n, d) standard deviations of the codes, of a variational network
    codes: null, // (n, d); only if the map shows fewer dimensions than the codes have
    neighbours: null,
    frames: null,
  };
  mapData.load = loaders(mapData, urls);
  return mapData;
}

/** Latent code of a row, or null where the map alone cannot tell it (a projection of more dimensions). */
export function codeOf(mapData, row) {
  const d = mapData.latentDim;
  if (mapData.codes) return mapData.codes.subarray(row * d, row * d + d);
  return mapData.plane && d === mapData.k ? codeAt(mapData, placeOf(mapData, row)) : null;
}

/** Latent code of a place on the map. */
export function codeAt(mapData, place) {
  return placeToCode(place, mapData.plane.origin, mapData.plane.basis);
}

/** (d,) standard deviations of a row's code; null where they are not known, or it has none. */
export function spreadOf(mapData, row) {
  const d = mapData.latentDim;
  return mapData.spread?.subarray(row * d, row * d + d) ?? null;
}

/** The codes by dimension where they are at hand, else the map's axes: {columns: arrays of (n,), exact}. */
export function codeColumns(mapData) {
  if (mapData.codes) return { columns: columns(mapData.codes, mapData.latentDim), exact: true };
  return { columns: mapData.columns, exact: Boolean(mapData.plane) && mapData.latentDim === mapData.k };
}

export function placeOf(mapData, row) {
  return mapData.columns.map((column) => column[row]);
}

/** The name of a row's label; null where digits have none. */
export function nameOf(mapData, row) {
  return mapData.labelled ? mapData.classes[mapData.labels[row]] : null;
}

/** The number of a digit in its file, or null. */
export function fileRowOf(mapData, row) {
  return mapData.fileRows?.[row + mapData.start] ?? null;
}

/** (784,) grey levels of a digit, or null while they are under way. */
export function imageOf(mapData, row) {
  const from = (row + mapData.start - mapData.imagesFrom) * PIXELS;
  return mapData.images?.subarray(from, from + PIXELS) ?? null;
}

/** (784,) grey levels that the network makes of a code; valid until the next call. */
export function decode(mapData, code) {
  return mapData.decoder && code ? mapData.decoder.decode(code) : null;
}

/** Each loader fetches once and gives the same promise ever after; one without a URL gives null. */
function loaders(mapData, urls) {
  return {
    images: once(urls.images, async (url) => (mapData.images = await fetchBytes(url))),
    fileRows: once(urls.file_rows, async (url) => (mapData.fileRows = new Int32Array(await fetchBuffer(url)))),
    decoder: once(urls.decoder, async (url) => (mapData.decoder = makeDecoder(await fetchBundle(url)))),
    encoder: once(urls.encoder, async (url) => (mapData.encoder = makeEncoder(await fetchBundle(url)))),
    judged: once(urls.judged, async (url) => (mapData.judged = (await fetchBundle(url)).arrays.errors.data)),
    codes: once(urls.codes, async (url) => readCodes(await fetchBundle(url), mapData)),
    neighbours: once(urls.neighbours, async (url) => (mapData.neighbours = readNeighbours(await fetchBundle(url)))),
    frames: once(urls.frames, async (url) => (mapData.frames = readFrames(await fetchBundle(url), mapData))),
  };
}

function once(url, load) {
  let promise = null;
  const loader = () => (promise ??= url ? load(url).catch(forget) : Promise.resolve(null));
  const forget = (error) => {
    promise = null; // a later call tries again
    throw error;
  };
  loader.offered = Boolean(url);
  return loader;
}

function readCodes({ arrays: { codes, spread } }, mapData) {
  mapData.codes = dequantise(codes);
  mapData.spread = spread ? dequantise(spread) : null;
  return mapData.codes;
}

function readNeighbours({ header, arrays }) {
  return { mixed: arrays.mixed.data, predicted: arrays.predicted.data, zones: header.zones };
}

/** -> {epochs, live: the epoch of the decoder at hand, or null, start, steps: per frame, k arrays of (5000,)}. */
function readFrames({ header, arrays: { codes } }, mapData) {
  const [count, n, k] = codes.shape;
  const values = dequantise(codes);
  const steps = Array.from({ length: count }, (_, i) => columns(values.subarray(i * n * k, (i + 1) * n * k), k));
  return { epochs: header.epochs, live: header.live, start: header.start - mapData.start, steps };
}
