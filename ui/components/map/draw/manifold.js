// The manifold: what the decoder draws at each place of the window, on a canvas under the points.

import { SIDE } from "../../shared/digits.js";
import { element } from "../../shared/element.js";
import { iconButton, press } from "../panels/buttons.js";
import { debounced } from "../data/view.js";
import { codeAt, decode } from "../data/map_data.js";

const MOST = 30; // digits along a side
const CELL = 30; // pixels on the screen, at least
const SLICE = 7; // milliseconds of decoding in a frame, so that the pointer stays free
const PATIENCE = 400; // milliseconds after which what is decoded so far is shown: of a convolutional network all takes seconds

/** Follows zoom at once by stretching what is there, and decodes the new window as soon as it rests. */
export function createManifold(lab) {
  const { mapData, view, chart } = lab;
  const canvas = element("canvas", { class: "lab-manifold", "data-testid": "manifold-canvas", "aria-hidden": "true" });
  const controls = manifoldControls(lab);
  let drawn = null; // ranges that the canvas shows
  let job = 0;

  const on = () => view.state.blend > 0 && lab.live();

  function follow() {
    canvas.style.display = on() && drawn ? "block" : "none";
    canvas.style.opacity = Math.min(1, 2 * view.state.blend);
    if (drawn) Object.assign(canvas.style, stretched(chart, drawn));
  }

  function paint() {
    const mine = ++job;
    if (!on() || !chart.ready()) return follow();
    mapData.load.decoder().then(() => mine === job && decodeGrid(lab, () => mine === job, show), () => {});
  }

  function show(sheet, ranges) {
    canvas.width = sheet.width;
    canvas.height = sheet.height;
    canvas.getContext("2d").drawImage(sheet, 0, 0);
    drawn = ranges;
    follow();
  }

  const later = debounced(120, paint);
  return {
    element: canvas,
    controls: controls.elements,
    paint,
    moved() {
      follow();
      if (on()) later();
    },
    sync() {
      controls.sync();
      follow();
    },
    destroy() {
      job++;
      later.cancel();
    },
  };
}

/** Grid of the window: {columns, rows} of squares, at most 30 a side, no smaller than digits can be told. */
export function gridSize({ width, height }, k) {
  const cell = Math.max(CELL, width / MOST, height / MOST);
  return { columns: Math.max(1, Math.floor(width / cell)), rows: k === 1 ? 1 : Math.max(1, Math.floor(height / cell)) };
}

/** Centre of each cell in plane units, row by row from the top left. */
export function gridPlaces({ x, y }, { columns, rows }) {
  return Array.from({ length: columns * rows }, (_, i) => [
    x[0] + (((i % columns) + 0.5) / columns) * (x[1] - x[0]),
    y[1] - ((Math.floor(i / columns) + 0.5) / rows) * (y[1] - y[0]),
  ]);
}

function decodeGrid(lab, current, show) {
  const { mapData, chart } = lab;
  const ranges = chart.ranges();
  const grid = gridSize(chart.area(), mapData.k);
  const places = gridPlaces(ranges, grid);
  const sheet = element("canvas", { width: grid.columns * SIDE, height: grid.rows * SIDE });
  const brush = sheet.getContext("2d");
  const ink = inkWords(lab.theme());
  let next = 0;
  let shown = performance.now();

  function slice() {
    if (!current()) return;
    const until = performance.now() + SLICE;
    while (next < places.length && performance.now() < until) drawCell(next++);
    const done = next === places.length;
    if (done || performance.now() > shown + PATIENCE) {
      show(sheet, bottomRow(ranges, chart.area(), grid, mapData.k));
      shown = performance.now();
    }
    if (!done) requestAnimationFrame(slice);
  }

  function drawCell(i) {
    const picture = decode(mapData, codeAt(mapData, places[i].slice(0, mapData.k)));
    const image = new ImageData(SIDE, SIDE);
    const words = new Uint32Array(image.data.buffer);
    for (let pixel = 0; pixel < words.length; pixel++) words[pixel] = ink[picture[pixel]];
    brush.putImageData(image, (i % grid.columns) * SIDE, Math.floor(i / grid.columns) * SIDE);
  }

  slice();
}

/** In one dimension the grid is a row of square pictures along the top, where there are few points. */
function bottomRow(ranges, { width, height }, { columns }, k) {
  if (k > 1) return ranges;
  const share = width / columns / height;
  return { x: ranges.x, y: [ranges.y[1] - share * (ranges.y[1] - ranges.y[0]), ranges.y[1]] };
}

/** Ink over nothing: the theme's text colour, as opaque as there is ink. */
function inkWords({ text: [red, green, blue] }) {
  return Uint32Array.from({ length: 256 }, (_, ink) => ((ink << 24) | (blue << 16) | (green << 8) | red) >>> 0);
}

/** Style that puts drawn ranges where they are in the window now. */
function stretched(chart, { x, y }) {
  const { left, top, width, height } = chart.area();
  const corner = chart.toPoint([x[0], y[1]]);
  const end = chart.toPoint([x[1], y[0]]);
  const clip = [top - corner.y, end.x - left - width, end.y - top - height, left - corner.x];
  return {
    left: `${corner.x}px`, top: `${corner.y}px`, width: `${end.x - corner.x}px`, height: `${end.y - corner.y}px`,
    clipPath: `inset(${clip.map((edge) => `${Math.max(0, edge)}px`).join(" ")})`,
  };
}

/** Whether places of this map can be decoded and there is a window to fill. */
export function canPaint(mapData) {
  return Boolean(mapData.plane) && mapData.load.decoder.offered && mapData.k < 3;
}

function manifoldControls({ mapData, view, voice }) {
  const turn = () => view.set({ blend: view.state.blend ? 0 : 0.6 });
  const button = iconButton("manifold", "manifold", voice.say("manifold"), turn, { title: voice.say("manifold_help") });
  const slider = element("input", {
    type: "range", class: "lab-slider", min: 0.05, max: 1, step: 0.05, "data-testid": "manifold-blend",
    "aria-label": voice.say("manifold_blend"), title: voice.say("manifold_blend"),
    input: () => view.set({ blend: Number(slider.value) }),
  });
  function sync() {
    const { blend } = view.state;
    press(button, blend > 0);
    slider.hidden = blend === 0;
    slider.value = blend;
  }
  sync();
  return { elements: canPaint(mapData) ? [button, slider] : [], sync };
}
