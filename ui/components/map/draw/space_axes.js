// The axes of a space: grid lines on the three sides of the cube that face the eye from behind, numbers and titles along
// its outline. Numbers never leave the picture.

import { css, mix } from "../../shared/colours.js";
import { parts, projected, projection } from "../data/camera.js";

const TICKS = 6; // on an axis, at most
const NUMBERS = 13; // pixels from the cube to the numbers of an axis
const TITLE = 34; // and to its title
const CHARACTER = 6.4; // pixels of a character, roughly
const LINE = 14; // and of a line of text
const EDGE = 6; // pixels kept free along the edge of the picture

/** Round numbers within a range: 1, 2 or 5 times a power of ten apart. */
export function roundTicks([low, high], most = TICKS) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((times) => times * power >= rough) * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

/**
 * camera: nine numbers; cube: see camera.js; ranges, titles by axis; form(number) -> text; width and height in pixels.
 * -> {lines: [[a, b], …], texts: [{text, x, y, anchor}]} in pixels of the picture.
 */
export function axesOf(camera, cube, { ranges, titles, form, width, height }) {
  const [eye] = parts(camera);
  const back = cube.half.map((half, k) => (eye[k] > 0 ? -half : half));
  const seen = projection(camera, { scale: [1, 1, 1], middle: [0, 0, 0] }, { width, height });
  const see = (place) => projected(seen, place);
  const centre = see([0, 0, 0]);
  const [lines, numbers, names] = [[], [], []];
  ["x", "y", "z"].forEach((axis, k) => {
    const others = [0, 1, 2].filter((other) => other !== k);
    const at = (value) => (value - cube.middle[k]) * cube.scale[k];
    const ticks = roundTicks(ranges[axis]);
    for (const end of [...ticks.map(at), -cube.half[k], cube.half[k]]) {
      for (const along of others) {
        lines.push([-1, 1].map((side) => see(corner(back, { [k]: end, [along]: side * cube.half[along] }))));
      }
    }
    const edge = outline(k, others, back, see, centre);
    const on = (place) => see(corner(back, { ...edge, [k]: place }));
    for (const tick of ticks) numbers.push(label(form(tick), on(at(tick)), centre, NUMBERS));
    if (titles[k]) names.push(label(titles[k], on(0), centre, TITLE));
  });
  const [wholeNumbers, wholeNames] = [numbers, names].map((texts) => texts.map((text) => kept(text, width, height)));
  const free = wholeNumbers.filter((number) => !wholeNames.some((name) => overlap(number, name)));
  return { lines, texts: [...free, ...wholeNames] };
}

/** A corner of the cube at the back, some of its coordinates replaced. */
function corner(back, replaced) {
  return back.map((value, k) => replaced[k] ?? value);
}

/** Of the two edges along an axis that bound a back side and a front side, the one farther from the middle of the cube. */
function outline(k, others, back, see, centre) {
  const edges = others.map((front) => ({ [front]: -back[front] }));
  const far = (edge) => {
    const { x, y } = see(corner(back, { ...edge, [k]: 0 }));
    return Math.hypot(x - centre.x, y - centre.y) + (y > centre.y ? 40 : 0); // rather below than above
  };
  return far(edges[0]) >= far(edges[1]) ? edges[0] : edges[1];
}

function label(text, at, centre, away) {
  const [across, down] = [at.x - centre.x, at.y - centre.y];
  const length = Math.hypot(across, down) || 1;
  const turn = across / length;
  return {
    text, x: at.x + turn * away, y: at.y + (down / length) * away,
    anchor: turn > 0.35 ? "start" : turn < -0.35 ? "end" : "middle",
  };
}

/** On a narrow picture a title that had to move inwards may come to lie on a number. */
export function overlap(first, second) {
  const [one, other] = [first, second].map(extent);
  const [start, otherStart] = [first.x - one.before, second.x - other.before];
  return start < otherStart + other.long && otherStart < start + one.long && Math.abs(first.y - second.y) < LINE;
}

/** How long a text is, and how much of it stands before its place. */
function extent({ text, anchor }) {
  const long = text.length * CHARACTER;
  return { long, before: { start: 0, middle: long / 2, end: long }[anchor] };
}

/** The text moved so far that it is whole within the picture. */
function kept({ text, x, y, anchor }, width, height) {
  const { long, before } = extent({ text, anchor });
  const most = width - EDGE - (long - before);
  return {
    text, anchor, x: Math.max(EDGE + before, Math.min(x, most)), y: Math.max(EDGE + 8, Math.min(y, height - EDGE - 8)),
  };
}

const SVG = "http://www.w3.org/2000/svg";

/** -> {element, draw(axes, theme)}. */
export function createSpaceAxes() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "lab-space-axes");
  svg.setAttribute("aria-hidden", "true");
  function draw({ lines, texts }, theme) {
    const path = node("path", {
      d: lines.filter((ends) => ends.every(({ x, y }) => Number.isFinite(x + y)))
        .map(([a, b]) => `M${a.x.toFixed(1)} ${a.y.toFixed(1)}L${b.x.toFixed(1)} ${b.y.toFixed(1)}`).join(""),
      stroke: css(mix(theme.background, theme.text, 0.14)), fill: "none",
    });
    const words = texts.filter(({ x, y }) => Number.isFinite(x + y)).map(({ text, x, y, anchor }) => {
      const look = { x, y, "text-anchor": anchor, fill: css(mix(theme.background, theme.text, 0.65)) };
      const made = node("text", look);
      made.textContent = text;
      return made;
    });
    svg.replaceChildren(path, ...words);
  }
  return { element: svg, draw };
}

function node(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
