// The shapes of labels: colours repeat after ten, and a label is then told apart by the shape of its dots. Pure.

import { DIGIT_COLOURS, colourOf } from "./colours.js";
import { roundBrush } from "./dots.js";

const PARTS = 4; // of a pixel, along each side: how finely the edges of a shape are drawn

// Whether a place, -1 .. 1 from the middle across and down, belongs to the shape; the same as a path of CSS, and what Plotly calls it.
const SHAPES = [
  { holds: (x, y) => Math.hypot(x, y) <= 1, path: "circle(50%)", symbol: "circle" },
  { holds: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 0.86, path: "inset(7%)", symbol: "square" },
  { holds: (x, y) => Math.abs(x) + Math.abs(y) <= 1.2, path: "polygon(50% 0, 100% 50%, 50% 100%, 0 50%)", symbol: "diamond" },
  { holds: (x, y) => y <= 0.8 && y >= 2 * Math.abs(x) - 1.2, path: "polygon(50% 0, 100% 95%, 0 95%)", symbol: "triangle-up" },
  {
    holds: (x, y) => Math.min(Math.abs(x), Math.abs(y)) <= 0.4 && Math.max(Math.abs(x), Math.abs(y)) <= 1.1,
    path: "polygon(33% 0, 67% 0, 67% 33%, 100% 33%, 100% 67%, 67% 67%, 67% 100%, 33% 100%, 33% 67%, 0 67%, 0 33%, 33% 33%)",
    symbol: "cross",
  },
];

/** Which shape the dots of a label have: round for the first ten, another for each ten after them; five there are. */
export function shapeOf(label) {
  return Math.floor(label / DIGIT_COLOURS.length) % SHAPES.length;
}

/** The shape as a value of `clip-path`. */
export function pathOf(label) {
  return SHAPES[shapeOf(label)].path;
}

/** Colour and shape of a label as variables of CSS, for a mark beside its name. */
export function lookOf(label) {
  return `--lab-digit-colour:${colourOf(label)};--lab-shape:${pathOf(label)}`;
}

/** The same on an element that is there already. */
export function wearLook(node, label) {
  node.style.setProperty("--lab-digit-colour", colourOf(label));
  node.style.setProperty("--lab-shape", pathOf(label));
}

/** The shape as Plotly calls it. */
export function symbolOf(label) {
  return SHAPES[shapeOf(label)].symbol;
}

/** A brush as of `roundBrush` for each shape. */
export function brushesOf(radius) {
  return SHAPES.map(({ holds }, shape) => (shape === 0 ? roundBrush(radius) : shapedBrush(radius, holds)));
}

function shapedBrush(radius, holds) {
  const size = 2 * Math.ceil(1.25 * radius) + 1;
  const middle = (size - 1) / 2;
  const cover = Float32Array.from({ length: size * size }, (_, index) => {
    let inside = 0;
    for (let part = 0; part < PARTS * PARTS; part += 1) {
      const x = (index % size) - middle + ((part % PARTS) + 0.5) / PARTS - 0.5;
      const y = Math.floor(index / size) - middle + (Math.floor(part / PARTS) + 0.5) / PARTS - 0.5;
      if (holds(x / radius, y / radius)) inside += 1;
    }
    return inside / (PARTS * PARTS);
  });
  return { size, cover };
}
