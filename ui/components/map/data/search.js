// What is searched for on a map: a label by its name, or a digit by its number. Pure.

/**
 * text as typed; classes: names of the labels; start, n: the digits of the map.
 * -> {label} | {row} | null where nothing of that name is on the map. A number that is also a label's name means the label;
 * "#7" is digit 7.
 */
export function searched(text, { classes, start, n }) {
  const typed = text.trim();
  const label = classes.findIndex((name) => name.toLowerCase() === typed.toLowerCase());
  if (label >= 0) return { label };
  const plain = typed.replace(/^#/, "").replace(/[.,\s\u00a0\u202f]/g, "");
  if (!/^\d{1,9}$/.test(plain)) return null;
  const row = Number(plain) - start;
  return row >= 0 && row < n ? { row } : null;
}
