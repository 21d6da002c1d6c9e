// The digits as dots, and some as pictures, on a canvas of our own. It needs no WebGL: every machine draws them, and no context can be lost.

import { hexOf, mix, rgbOfHex } from "../../shared/colours.js";
import { layDot } from "../../shared/dots.js";
import { element } from "../../shared/element.js";
import { brushesOf } from "../../shared/shapes.js";
import { debounced } from "../data/view.js";
import { colourAt } from "./colour_scales.js";
import { withMuted } from "./colourings.js";
import { inkShares } from "./ink.js";
import { stampPictures } from "./pictures.js";

const SHADES = 1000; // colours of a scale that are told apart
export const OPACITY = 0.8; // of all dots together, where no manifold lies under them
const SHARPEST = 2; // pixels of the canvas per pixel of the page, at most
const PROMPT = 25; // milliseconds: a drawing that takes longer waits until the window rests
const RESTED = 90; // milliseconds without a change

/**
 * chart: {area(), seen(scene) -> pixels {x, y, order?} in the area, markerSize(n), window() as it is now, carried(window):
 * the CSS transform that puts a picture of that window in place, pictured({scene, seen, ids, side} or null): which digits are drawn as
 * pictures}. look: {scale, opacity, theme, pictures: a way to choose those, see pictures.js, or null}.
 * -> {element, draw(scene, look), fade(opacity), follow() after a change of the window, destroy()}.
 */
export function createPoints(chart) {
  const canvas = element("canvas", { class: "lab-points", "data-testid": "points", "aria-hidden": "true" });
  const frame = element("div", { class: "lab-points-frame" }, canvas);
  const brush = canvas.getContext("2d", { willReadFrequently: true }); // kept in memory, where the dots are made
  let shown = null; // {scene, look, palette}
  let drawnAt = null; // the window when it was drawn
  let cost = 0; // milliseconds of the last drawing
  let ticket = 0;
  const later = debounced(RESTED, () => paint());

  function draw(scene, look, seen = null) {
    shown = { scene, look, palette: paletteOf(look) };
    paint(seen);
  }

  function paint(seen = null) {
    cancelAnimationFrame(ticket);
    ticket = 0;
    later.cancel();
    if (!shown) return;
    const began = performance.now();
    const { scene, look, palette } = shown;
    const area = chart.area();
    const ratio = Math.min(SHARPEST, window.devicePixelRatio || 1);
    fit(frame, canvas, area, ratio);
    canvas.style.transform = "";
    drawnAt = chart.window();
    const where = seen ?? chart.seen(scene);
    const chosen = look.opacity ? (look.pictures?.(scene, where) ?? null) : null;
    stamp(brush, scene, where, { ...look, chosen, palette, area, ratio, size: chart.markerSize(scene.x.length) });
    chart.pictured(chosen && { scene, seen: where, ...chosen });
    cost = performance.now() - began;
    if (chosen?.more) follow();
  }

  function fade(opacity) {
    if (!shown) return;
    shown.look = { ...shown.look, opacity };
    ticket ||= requestAnimationFrame(() => paint());
  }

  /** The canvas goes along at once, stretched; the dots themselves are drawn anew when there is time. */
  function follow() {
    if (!shown) return;
    if (cost > PROMPT) {
      canvas.style.transform = chart.carried(drawnAt);
      later();
    } else if (!ticket) ticket = requestAnimationFrame(() => paint());
  }

  return {
    element: frame,
    draw,
    fade,
    follow,
    destroy() {
      cancelAnimationFrame(ticket);
      later.cancel();
      shown = null;
    },
  };
}

function fit(frame, canvas, { left, top, width, height }, ratio) {
  frame.style.cssText = `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
  canvas.width = Math.max(1, Math.round(width * ratio)); // setting it also clears it
  canvas.height = Math.max(1, Math.round(height * ratio));
}

function stamp(brush, scene, seen, { palette, opacity, area, ratio, size, chosen, theme }) {
  if (opacity === 0) return;
  const { width, height } = brush.canvas;
  const image = new ImageData(width, height);
  const brushes = brushesOf((size * ratio) / 2);
  const ink = inkShares(seen, area, size);
  for (let k = 0; k < scene.x.length; k += 1) {
    const i = seen.order ? seen.order[k] : k;
    const [x, y] = [seen.x[i] * ratio, seen.y[i] * ratio];
    if (!(x > -size && y > -size && x < width + size && y < height + size)) continue; // NaN: behind the eye
    const shade = 3 * Math.round(scene.values[i] * SHADES);
    layDot(image, x, y, brushes[scene.shapes?.[i] ?? 0], palette[shade], palette[shade + 1], palette[shade + 2], ink[i] * opacity);
  }
  const colourOf = (id) => palette.subarray(3 * Math.round(scene.values[id] * SHADES)).subarray(0, 3);
  if (chosen) stampPictures(image, chosen, seen, { theme, ratio, opacity: Math.min(1, opacity / OPACITY), colourOf });
  brush.putImageData(image, 0, 0);
}

/** Red, green and blue for each of the values 0 .. 1. */
function paletteOf({ scale, theme }) {
  const muted = hexOf(mix(theme.background, theme.text, 0.16));
  const whole = withMuted(scale, muted);
  return Uint8Array.from(Array.from({ length: SHADES + 1 }, (_, i) => rgbOfHex(colourAt(whole, i / SHADES))).flat());
}
