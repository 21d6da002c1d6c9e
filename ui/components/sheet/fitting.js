// How many cards fit. Pure.

export const GAP = 10; // pixels between cards
const PICTURE = 84; // pixels, at the least: three to each of the digit's own
const PHONE = { width: 500, picture: 72 }; // two cards side by side there
const LARGEST = 112;
const BESIDE = 4; // pixels between the pictures of a card
const AROUND = 18; // a card's padding and border, both sides
const UNDER = 34; // the lines under the pictures
const LEAST_ROWS = 4;

/** Cards of so many pictures side by side in a room of that width, in pixels. */
export function columnsIn(width, pictures) {
  const picture = width < PHONE.width ? PHONE.picture : PICTURE;
  const card = pictures * picture + (pictures - 1) * BESIDE + AROUND;
  return Math.max(1, Math.floor((width + GAP) / (card + GAP)));
}

/** How many cards fit into a room of that size, in pixels: whole rows, never too few, at most `most`. */
export function cardsIn({ width, pictures, height, most }) {
  const columns = columnsIn(width, pictures);
  const tall = pictureSize(width, pictures) + AROUND + UNDER;
  const rows = Math.max(LEAST_ROWS, Math.floor((height + GAP) / (tall + GAP)));
  return Math.min(most, columns * rows);
}

/** Pixels of a picture's side: what is left of the width goes to the pictures. */
export function pictureSize(width, pictures) {
  const columns = columnsIn(width, pictures);
  const card = (width - (columns - 1) * GAP) / columns;
  return Math.min(LARGEST, Math.floor((card - AROUND - (pictures - 1) * BESIDE) / pictures));
}
