// The map while it moves: a canvas of our own, because Plotly needs many frames' time to draw one.

import { mix } from "../shared/colours.js";
import { element } from "../shared/element.js";
import { colourAt } from "./colour_scales.js";
import { withMuted } from "./colourings.js";
import { equalRanges } from "./geometry.js";
import { homeRanges, makeScene, positionsOf } from "./scene.js";
import { markerSize } from "./stage.js";

/** draw(columns, start, span) shows positions and hides Plotly's points; stop() gives the plane back to Plotly. */
export function createMotion({ world, view, stage, figure, theme }) {
  const canvas = element("canvas", { class: "lab-motion", "data-testid": "motion", "aria-hidden": "true", hidden: true });
  // 5,000 small dots a frame: drawn faster by the processor than handed over to the graphics card.
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  let palette = new Map();

  function begin() {
    palette = new Map();
    canvas.hidden = false;
    stage.plot.dataset.moving = stage.look.fitted ? "window" : "points";
  }

  function draw(columns, start, span) {
    if (canvas.hidden) begin();
    const positions = positionsOf(columns, world.labels, start, span);
    const { values, scale } = figure.colours();
    const scene = makeScene(world, positions, values, view.state, figure.chosen());
    const area = stage.area();
    const muted = mix(theme().background, theme().text, 0.16);
    fit(canvas, area);
    dots(brush, scene, toPixels(windowNow(positions, columns, area), area), (value) => colourOf(scale, value, muted));
  }

  function windowNow(positions, columns, area) {
    if (!stage.look.fitted) return stage.ranges();
    const home = homeRanges(positions, columns);
    return stage.look.equal && !stage.look.flat ? equalRanges(home, area) : home;
  }

  function colourOf(scale, value, muted) {
    if (!palette.has(value)) palette.set(value, colourAt(withMuted(scale, hex(muted)), value));
    return palette.get(value);
  }

  return {
    element: canvas,
    draw,
    stop() {
      canvas.hidden = true;
      delete stage.plot.dataset.moving;
    },
  };
}

function fit(canvas, { left, top, width, height }) {
  const ratio = window.devicePixelRatio || 1;
  canvas.style.cssText = `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
  canvas.width = Math.round(width * ratio); // setting it also clears it
  canvas.height = Math.round(height * ratio);
}

function toPixels({ x, y }, { width, height }) {
  const scale = [width / (x[1] - x[0]), height / (y[1] - y[0])];
  return (px, py) => [(px - x[0]) * scale[0], (y[1] - py) * scale[1]];
}

function dots(brush, scene, toPixel, colourOf) {
  const ratio = window.devicePixelRatio || 1;
  const size = markerSize(scene.x.length, false);
  brush.setTransform(ratio, 0, 0, ratio, 0, 0);
  brush.globalAlpha = 0.8;
  for (let i = 0; i < scene.x.length; i++) {
    const [x, y] = toPixel(scene.x[i], scene.y[i]);
    brush.fillStyle = colourOf(scene.values[i]);
    brush.beginPath();
    brush.arc(x, y, size / 2, 0, 2 * Math.PI);
    brush.fill();
  }
}

function hex(rgb) {
  return `#${rgb.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
