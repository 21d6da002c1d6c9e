import { readFileSync } from "node:fs";

/** Values computed by NumPy (tests/js/make_fixtures.py). */
export function fixture(name) {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url)));
}

/** Base64 -> an ArrayBuffer of its own. */
export function bytes(base64) {
  return Uint8Array.from(Buffer.from(base64, "base64")).buffer;
}

export function largestGap(actual, expected) {
  if (actual.length !== expected.length) return Infinity;
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - actual[i])), 0);
}
