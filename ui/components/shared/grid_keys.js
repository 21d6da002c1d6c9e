// Where the arrow keys lead in a grid. Pure.

const STEPS = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: (columns) => -columns, ArrowDown: (columns) => columns };

/** The cell that a key leads to from cell `at`, or null where it leads nowhere. */
export function cellAfter(key, at, columns, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const next = at + (STEPS[key]?.(columns) ?? NaN);
  return next >= 0 && next < count ? next : null;
}
