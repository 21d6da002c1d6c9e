// Everything the map knows about its digits. The first drawing needs codes, errors and labels; the rest comes later.

import { columns, dequantise, fetchBundle, fetchBytes } from "./bundle.js";
import { makeDecoder, placeToCode } from "./network.js";

export const PIXELS = 784;

/** urls: {map, labels, images?, decoder?, codes?, neighbours?, frames?}. */
export async function loadWorld(urls) {
  const [bundle, labels] = await Promise.all([fetchBundle(urls.map), fetchBytes(urls.labels)]);
  return makeWorld(bundle, new Uint8Array(labels), urls);
}

/** Rows count from the map's first digit; digit `index` in the dataset = row + start. */
export function makeWorld({ header, arrays }, labels, urls = {}) {
  const [n, k] = arrays.codes.shape;
  const start = header.start ?? 0;
  const world = {
    n,
    k,
    start,
    trainingRows: Math.max(0, header.n_training - start),
    latentDim: header.latent_dim,
    plane: header.basis ? { origin: header.origin, basis: header.basis } : null,
    shares: header.shares ?? null, // of the codes' variance, for each axis of the map
    columns: columns(dequantise(arrays.codes), k), // k arrays of (n,)
    errors: arrays.errors ? dequantise(arrays.errors) : null, // (n,) MSE on [0, 1]; null where no network is meant
    labels: labels.subarray(start, start + n), // (n,) 0..9
    images: null,
    decoder: null,
    codes: null, // (n, d) where the map shows fewer dimensions than the codes have
    neighbours: null,
    frames: null,
  };
  world.load = loaders(world, urls);
  return world;
}

/** Latent code of a row, or null where the map alone cannot tell it (a projection of more dimensions). */
export function codeOf(world, row) {
  const d = world.latentDim;
  if (world.codes) return world.codes.subarray(row * d, row * d + d);
  return world.plane && d === world.k ? codeAt(world, placeOf(world, row)) : null;
}

/** Latent code of a place on the map. */
export function codeAt(world, place) {
  return placeToCode(place, world.plane.origin, world.plane.basis);
}

/** The codes by dimension where they are at hand, else the map's axes: {columns: arrays of (n,), exact}. */
export function codeColumns(world) {
  if (world.codes) return { columns: columns(world.codes, world.latentDim), exact: true };
  return { columns: world.columns, exact: Boolean(world.plane) && world.latentDim === world.k };
}

export function placeOf(world, row) {
  return world.columns.map((column) => column[row]);
}

/** (784,) grey levels of a digit, or null while they are under way. */
export function imageOf(world, row) {
  const from = (row + world.start) * PIXELS;
  return world.images?.subarray(from, from + PIXELS) ?? null;
}

/** (784,) grey levels that the network makes of a code; valid until the next call. */
export function decode(world, code) {
  return world.decoder && code ? world.decoder.decode(code) : null;
}

/** Each loader fetches once and gives the same promise ever after; one without a URL gives null. */
function loaders(world, urls) {
  return {
    images: once(urls.images, async (url) => (world.images = new Uint8Array(await fetchBytes(url)))),
    decoder: once(urls.decoder, async (url) => (world.decoder = makeDecoder(await fetchBundle(url)))),
    codes: once(urls.codes, async (url) => (world.codes = dequantise((await fetchBundle(url)).arrays.codes))),
    neighbours: once(urls.neighbours, async (url) => (world.neighbours = readNeighbours(await fetchBundle(url)))),
    frames: once(urls.frames, async (url) => (world.frames = readFrames(await fetchBundle(url), world))),
  };
}

function once(url, load) {
  let promise = null;
  const loader = () => (promise ??= url ? load(url).catch(forget) : Promise.resolve(null));
  const forget = (error) => {
    promise = null; // asking again tries again
    throw error;
  };
  loader.offered = Boolean(url);
  return loader;
}

function readNeighbours({ header, arrays }) {
  return { mixed: arrays.mixed.data, predicted: arrays.predicted.data, zones: header.zones };
}

/** -> {epochs, live: the epoch of the decoder at hand, or null, start, steps: per frame, k arrays of (5000,)}. */
function readFrames({ header, arrays: { codes } }, world) {
  const [count, n, k] = codes.shape;
  const values = dequantise(codes);
  const steps = Array.from({ length: count }, (_, i) => columns(values.subarray(i * n * k, (i + 1) * n * k), k));
  return { epochs: header.epochs, live: header.live, start: header.start - world.start, steps };
}
