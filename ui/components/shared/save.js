// Hands a file to the browser.

/** Saves a file where the browser saves files. */
export function save({ name, blob }) {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // a browser may ask where to first
}
