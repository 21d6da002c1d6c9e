// Bytes from the server, and out of base64 text.

/** Fetches an ArrayBuffer; the error names what could not be loaded, and has the answer's `status`. */
export async function fetchBuffer(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw Object.assign(new Error(`${url} answered ${answer.status}.`), { status: answer.status });
  return answer.arrayBuffer();
}

/** The same as a Uint8Array: digits row by row, or labels. */
export async function fetchBytes(url) {
  return new Uint8Array(await fetchBuffer(url));
}

export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
