// Draws the points on a canvas while they move: Plotly takes the time of many frames for one drawing.

import { hexOf, mix } from "../../shared/colours.js";
import { element } from "../../shared/element.js";
import { colourAt } from "./colour_scales.js";
import { withMuted } from "./colourings.js";
import { homeRanges, makeScene, positionsOf } from "./scene.js";

/** draw(columns, start, span) shows positions and hides Plotly's points; stop() gives the plane back to Plotly. */
export function createMovingPoints({ mapData, view, chart, figure, theme }) {
  const canvas = element("canvas", { class: "lab-motion", "data-testid": "motion", "aria-hidden": "true", hidden: true });
  // 5,000 small dots a frame: drawn faster by the processor than handed over to the graphics card.
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  let palette = new Map();

  function begin() {
    palette = new Map();
    canvas.hidden = false;
    chart.stepAside();
  }

  function draw(columns, start, span) {
    if (canvas.hidden) begin();
    const positions = positionsOf(mapData, columns, start, span);
    const { values, scale } = figure.colours();
    const scene = makeScene(mapData, positions, values, view.state, figure.chosen());
    const window = chart.look.fitted ? homeRanges(positions, columns) : chart.ranges();
    const muted = mix(theme().background, theme().text, 0.16);
    fit(canvas, chart.area());
    const points = chart.seenThrough(window, scene);
    dots(brush, points, chart.markerSize(points.x.length), (i) => colourOf(scale, scene.values[i], muted));
  }

  function colourOf(scale, value, muted) {
    if (!palette.has(value)) palette.set(value, colourAt(withMuted(scale, hexOf(muted)), value));
    return palette.get(value);
  }

  return {
    element: canvas,
    draw,
    stop() {
      canvas.hidden = true;
      chart.comeBack();
    },
  };
}

function fit(canvas, { left, top, width, height }) {
  const ratio = window.devicePixelRatio || 1;
  canvas.style.cssText = `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
  canvas.width = Math.round(width * ratio); // setting it also clears it
  canvas.height = Math.round(height * ratio);
}

/** points: pixels {x, y}, and `order` in which to draw them where it is not their own. */
function dots(brush, { x, y, order }, size, colourOf) {
  const ratio = window.devicePixelRatio || 1;
  brush.setTransform(ratio, 0, 0, ratio, 0, 0);
  brush.globalAlpha = 0.8;
  for (let k = 0; k < x.length; k++) {
    const i = order ? order[k] : k;
    brush.fillStyle = colourOf(i);
    brush.beginPath();
    brush.arc(x[i], y[i], size / 2, 0, 2 * Math.PI);
    brush.fill();
  }
}
