// The binary bundles that the server sends: a JSON header that names the arrays, then their bytes.

import { fetchBuffer } from "./bytes.js";

/** Status of an answer: the run has learned on, and the server has not kept the snapshot that was asked for. */
export const SNAPSHOT_GONE = 409;

const TYPES = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };

/** ArrayBuffer -> {header, arrays}; each array is {data, shape, low?, high?}. */
export function decodeBundle(buffer) {
  const size = buffer.byteLength;
  if (size < 4) throw new Error(`A bundle begins with 4 bytes of header length; got ${size}.`);
  const headerLength = new DataView(buffer).getUint32(0, true);
  const start = 4 + headerLength;
  if (start > size) throw new Error(`The header claims ${headerLength} bytes; the bundle has fewer.`);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, headerLength)));
  const arrays = {};
  for (const entry of header.arrays) arrays[entry.name] = readArray(buffer, start, entry);
  return { header, arrays };
}

/** A uint16 array with low and high per column -> Float32Array of the values it stands for. */
export function dequantise({ data, shape, low, high }) {
  const columns = shape[shape.length - 1];
  const steps = low.map((bottom, column) => (high[column] - bottom) / 65535);
  const values = new Float32Array(data.length);
  for (let i = 0, column = 0; i < data.length; i++) {
    values[i] = low[column] + data[i] * steps[column];
    if (++column === columns) column = 0;
  }
  return values;
}

/** Row-major (n, k) values -> k arrays of n. */
export function columns(values, k) {
  const n = values.length / k;
  return Array.from({ length: k }, (_, column) => {
    const picked = new Float32Array(n);
    for (let row = 0; row < n; row++) picked[row] = values[row * k + column];
    return picked;
  });
}

/** Fetches one bundle; the error names what could not be loaded, and has the answer's `status`. */
export async function fetchBundle(url) {
  return decodeBundle(await fetchBuffer(url));
}

function readArray(buffer, start, { name, dtype, shape, offset, low, high }) {
  const length = shape.reduce((product, size) => product * size, 1);
  const from = start + offset;
  if (!(dtype in TYPES)) throw new Error(`Array ${name} has the unknown type ${dtype}.`);
  const end = from + length * TYPES[dtype].BYTES_PER_ELEMENT;
  if (end > buffer.byteLength) throw new Error(`Array ${name} runs past the end of the bundle.`);
  return { data: view(buffer, from, length, dtype), shape, low, high };
}

function view(buffer, from, length, dtype) {
  // The header's own length may leave the arrays unaligned; typed arrays then need a copy.
  const aligned = from % TYPES[dtype].BYTES_PER_ELEMENT === 0;
  const bytes = aligned ? buffer : buffer.slice(from, from + length * TYPES[dtype].BYTES_PER_ELEMENT);
  return new TYPES[dtype](bytes, aligned ? from : 0, length);
}
