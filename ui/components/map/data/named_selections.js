// The named selections of a run: whoever sees the run sees them, its owner changes them.

import { command } from "../../shared/commands.js";

/** url: of the selections, or null where there can be none; lang: of the server's sentences. */
export function createNamedSelections(url, lang) {
  const listeners = [];
  let known = { selections: [], mine: false, longest: 0 };
  let loading = null;

  async function fetchThem() {
    const answer = await fetch(url, { cache: "no-store" });
    if (!answer.ok) throw Object.assign(new Error(`${url}: ${answer.status}`), { status: answer.status });
    known = await answer.json();
    for (const listener of listeners) listener();
  }

  function load() {
    loading ??= url ? fetchThem() : Promise.resolve();
    loading.catch(() => (loading = null)); // a later call tries again
    return loading;
  }

  return {
    offered: Boolean(url),
    load,
    listen: (listener) => listeners.push(listener),
    all: () => known.selections,
    of: (id) => known.selections.find((each) => each.id === id) ?? null,
    mine: () => known.mine,
    longest: () => known.longest,
    /** Sends a command: see server/selections.py. -> null, or the sentence that says why not. */
    async change(message) {
      const refused = await command(`${url}?lang=${lang}`, message);
      if (!refused) await fetchThem();
      return refused;
    },
  };
}

/** The rows of a map that shows the digits from `start` on, n of them. */
export function rowsOf({ digits }, { start, n }) {
  return digits.map((index) => index - start).filter((row) => row >= 0 && row < n);
}

/** For each index the names of the selections that hold it, with semicolons between them. */
export function namesByDigit(selections, indices) {
  const holding = selections.map(({ name, digits }) => ({ name, digits: new Set(digits) }));
  return indices.map((index) => holding.filter(({ digits }) => digits.has(index)).map(({ name }) => name).join("; "));
}
