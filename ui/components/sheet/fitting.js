// How many cards fit, and where the arrow keys lead. Pure.

export const GAP = 10; // pixels between cards
const PICTURE = 84; // pixels: three to each of the digit's own
const BESIDE = 4; // pixels between the pictures of a card
const AROUND = 18; // a card's padding and border, both sides
const UNDER = 34; // the lines under the pictures
const LEAST_ROWS = 3;
const MOST_CARDS = 96;

/** Cards of so many pictures side by side in a room of that width, in pixels. */
export function columnsIn(width, pictures) {
  return Math.max(1, Math.floor((width + GAP) / (cardWidth(pictures) + GAP)));
}

/** How many cards a page holds: as many as fit below `top` in a window of that height, whole rows, never too few. */
export function cardsIn({ width, pictures, top, height }) {
  const columns = columnsIn(width, pictures);
  const rows = Math.max(LEAST_ROWS, Math.floor((height - top) / (PICTURE + AROUND + UNDER + GAP)));
  return Math.min(MOST_CARDS, columns * rows);
}

export function cardWidth(pictures) {
  return pictures * PICTURE + (pictures - 1) * BESIDE + AROUND;
}

const STEPS = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: (columns) => -columns, ArrowDown: (columns) => columns };

/** The card that a key leads to from card `at`, or null where it leads nowhere. */
export function cardAfter(key, at, columns, count) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const next = at + (STEPS[key]?.(columns) ?? NaN);
  return next >= 0 && next < count ? next : null;
}
