// Files that the server makes.

/** -> {name, blob}. Throws an Error whose `said` is the server's sentence, where it has one. */
export async function fetched(url, signal) {
  const answer = await fetch(url, { signal });
  if (answer.ok) return { name: nameIn(answer.headers.get("Content-Disposition") ?? ""), blob: await answer.blob() };
  const { error } = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(`The server answered ${answer.status}.`), { said: error });
}

/** The name of the file in a Content-Disposition, also where it is not ASCII. */
export function nameIn(disposition) {
  const wide = /filename\*=utf-8''([^;]+)/i.exec(disposition);
  return wide ? decodeURIComponent(wide[1]) : /filename="([^"]+)"/.exec(disposition)?.[1] ?? "run";
}
