// The plane that Plotly draws: one trace of points, and the way from pixels to places and back.

import { css, mix } from "../../shared/colours.js";
import { withMuted } from "./colourings.js";
import { equalRanges } from "../data/geometry.js";
import { createRestingImage } from "./resting_image.js";

// Plotly would draw WebGL at twice the screen's pixels: four times the work for each frame of the page.
const config = () => ({
  displayModeBar: false, scrollZoom: true, doubleClick: false, responsive: false, showTips: false,
  plotGlPixelRatio: globalThis.devicePixelRatio || 1,
});

/** plot: the element; moved(settled): the window on the plane changed, by the person or by zoomTo. */
export function createPlanePlot(Plotly, plot, { moved }) {
  // fitted: the window follows the points until the person moves it.
  const look = { theme: null, equal: false, pan: true, titles: ["", ""], ranges: null, fitted: true, flat: false };
  const still = createRestingImage(plot);
  let drawn = false;
  let destroyed = false; // ignore pending async work
  let ours = false; // whether the change of window under way is ours, not the person's

  function draw(scene, scale, opacity) {
    if (destroyed) return;
    still.stir();
    Plotly.react(plot, [traceOf(scene, scale, opacity, look)], layoutOf(look), config());
    if (!drawn) listen();
    drawn = true;
  }

  function listen() {
    plot.on("plotly_relayouting", () => {
      still.stir();
      moved(false);
    });
    plot.on("plotly_relayout", (change) => settle(Object.keys(change).some((key) => key.includes(".range"))));
  }

  function settle(panned) {
    still.stir();
    if (panned && !ours) look.fitted = false;
    look.ranges = rangesOf(plot);
    moved(panned && !ours);
  }

  async function relayout(patch) {
    still.stir();
    ours = true;
    await Plotly.relayout(plot, patch);
    ours = false;
  }

  return {
    plot,
    look,
    draw,
    relayout,
    restyle(patch) {
      still.stir();
      return Plotly.restyle(plot, patch);
    },
    resize: () => drawn && relayout({ autosize: true }),
    ready: () => drawn,
    shown: () => {}, // what is drawn is on the screen at once
    zoomTo: (ranges) => Plotly.relayout(plot, windowOf(ranges)),
    fit(ranges) {
      look.fitted = true;
      return relayout(windowOf(ranges));
    },
    ranges: () => rangesOf(plot),
    area: () => areaOf(plot),
    toPlace: (point) => toPlace(plot, point),
    toPoint: (place) => toPoint(plot, place),
    scale: () => pixelsPerUnit(plot),
    /** Pixels of points in the plot area, if its window were this one. */
    seenThrough(window, points) {
      const area = areaOf(plot);
      return pixelsIn(look.equal && !look.flat ? equalRanges(window, area) : window, area, points);
    },
    markerSize: (count) => markerSize(count, look.flat),
    /** Hides the points, and ticks that are not theirs, while others are drawn in their place. */
    stepAside: () => (plot.dataset.moving = look.fitted ? "window" : "points"),
    comeBack: () => delete plot.dataset.moving,
    destroy() {
      destroyed = true;
      still.destroy();
      Plotly.purge(plot);
    },
  };
}

function windowOf({ x, y }) {
  return { "xaxis.range": x, "yaxis.range": y };
}

/** Zoom about a point of the window: factor < 1 comes nearer. ranges, centre in plane units. */
export function zoomed(ranges, [x, y], factor) {
  const about = ([low, high], centre) => [centre + (low - centre) * factor, centre + (high - centre) * factor];
  return { x: about(ranges.x, x), y: about(ranges.y, y) };
}

function markerSize(count, flat) {
  if (flat) return 3;
  return count > 40000 ? 3 : count > 8000 ? 4 : 5;
}

function traceOf(scene, scale, opacity, { theme, flat }) {
  const muted = css(mix(theme.background, theme.text, 0.16));
  return {
    type: "scattergl",
    mode: "markers",
    x: scene.x,
    y: scene.y,
    hoverinfo: "skip",
    marker: {
      color: scene.values,
      colorscale: withMuted(scale, muted),
      cmin: 0,
      cmax: 1,
      size: markerSize(scene.x.length, flat),
      opacity,
      line: { width: 0 },
    },
  };
}

function layoutOf({ theme, equal, pan, titles, ranges, flat, separators }) {
  const axis = (title, range) => ({
    title: { text: title, standoff: 4, font: { size: 12 } },
    range,
    zeroline: false,
    gridcolor: css(theme.text, 0.07),
    linecolor: css(theme.text, 0.15),
    tickfont: { size: 11 },
    nticks: 8,
    fixedrange: false,
  });
  return {
    xaxis: axis(titles[0], ranges.x),
    yaxis: { ...axis(titles[1], ranges.y), scaleanchor: equal && !flat ? "x" : false },
    margin: { l: 46, r: 10, t: 8, b: 38 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, color: css(mix(theme.background, theme.text, 0.65)) },
    separators,
    hovermode: false,
    showlegend: false,
    dragmode: pan ? "pan" : false,
    autosize: true,
  };
}

function rangesOf(plot) {
  const { xaxis, yaxis } = plot._fullLayout;
  return { x: xaxis.range.map(Number), y: yaxis.range.map(Number) };
}

/** Plot area within the element, in pixels. */
function areaOf(plot) {
  const { xaxis, yaxis } = plot._fullLayout;
  return { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length };
}

/** {x, y} in pixels from the element's corner -> [x, y] on the plane, or null outside the plot area. */
function toPlace(plot, point) {
  const { left, top, width, height } = areaOf(plot);
  const [right, down] = [point.x - left, point.y - top];
  if (right < 0 || down < 0 || right > width || down > height) return null;
  return [plot._fullLayout.xaxis.p2d(right), plot._fullLayout.yaxis.p2d(down)];
}

function toPoint(plot, [x, y]) {
  const { xaxis, yaxis } = plot._fullLayout;
  return { x: xaxis._offset + xaxis.d2p(x), y: yaxis._offset + yaxis.d2p(y) };
}

function pixelsIn(window, { width, height }, { x, y }) {
  const across = width / (window.x[1] - window.x[0]);
  const down = height / (window.y[1] - window.y[0]);
  return { x: x.map((value) => (value - window.x[0]) * across), y: y.map((value) => (window.y[1] - value) * down) };
}

function pixelsPerUnit(plot) {
  const { width, height } = areaOf(plot);
  const { x, y } = rangesOf(plot);
  return [width / Math.abs(x[1] - x[0]), height / Math.abs(y[1] - y[0])];
}
