// Three latent dimensions: a scatter plot that can be turned. Plotly finds the point under the pointer. Card, walk and lasso
// are drawn over it: places of 3 numbers are data coordinates and are projected, places of 2 are screen pixels.

import { css, mix } from "../../shared/colours.js";
import { withMuted } from "./colourings.js";
import { perspective } from "../data/geometry.js";
import { within } from "../tools/pointer.js";

const MARKER = { size: 1.6, pixels: 5 }; // in Plotly's unit, and the diameter in pixels that this gives
const CONFIG = { displayModeBar: false, scrollZoom: true, responsive: false, showTips: false };
const HOME = [1.25, 1.25, 1.25, 0, 0, 0, 0, 0, 1]; // Plotly's own camera: its eye, what it looks at, which way is up

/**
 * Has the same methods as the flat chart (plane_plot.js). pointed(i, point), clicked(i): i is the index in the scene.
 * turned(): the camera moves; moved(camera): it came to rest, null at its initial place.
 */
export function createSpacePlot(Plotly, plot, { pointed, left, clicked, turned, moved }) {
  const look = { theme: null, titles: ["", "", ""], equal: false, pan: true, camera: HOME, ranges: null, fitted: true };
  let drawn = false;
  let destroyed = false; // ignore pending async work
  let pointer = { x: 0, y: 0 };
  let seen = ""; // the camera as it was last drawn
  let frame = 0;

  // Plotly's hover over WebGL does not always say where the pointer is.
  const track = (event) => (pointer = within(plot, event));
  plot.addEventListener("pointermove", track, true);

  function listen() {
    plot.on("plotly_hover", ({ points: [point] }) => pointed(point.pointNumber, pointer));
    plot.on("plotly_unhover", left);
    plot.on("plotly_click", ({ points: [point] }) => clicked(point.pointNumber));
    plot.on("plotly_relayout", settle);
    watch();
  }

  function settle() {
    const { eye, center, up } = plot._fullLayout.scene.camera;
    const camera = [eye, center, up].flatMap(({ x, y, z }) => [x, y, z]);
    if (camera.join() === look.camera.join()) return;
    look.camera = camera;
    moved(camera.join() === HOME.join() ? null : camera);
  }

  /** Plotly reports only some moves of the camera, but the overlay must follow each: compare it in every frame. */
  function watch() {
    const { view, projection } = cameraOf(plot);
    const now = `${view.join()} ${projection.join()}`;
    if (now !== seen) turned();
    seen = now;
    frame = requestAnimationFrame(watch);
  }

  const areaNow = () => ({ left: 0, top: 0, width: plot.clientWidth, height: plot.clientHeight });

  return {
    plot,
    look,
    draw(scene, scale, opacity) {
      if (destroyed) return;
      Plotly.react(plot, [traceOf(scene, scale, opacity, look)], layoutOf(look), CONFIG);
      if (!drawn) listen();
      drawn = true;
    },
    relayout: ({ dragmode }) => Plotly.relayout(plot, { "scene.dragmode": dragmode && "orbit" }),
    restyle: (patch) => Plotly.restyle(plot, patch),
    ready: () => drawn,
    /** Resolves when the last drawing is on the screen: Plotly renders the scene one frame later. */
    shown: () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    resize: () => drawn && Plotly.Plots.resize(plot),
    reset: () => Plotly.relayout(plot, { "scene.camera": cameraFrom(HOME) }),
    zoom: (factor) => Plotly.relayout(plot, { "scene.camera.eye": nearer(plot, factor) }),
    /** Degrees: around the upright axis, and up or down. */
    turn: (across, up) => Plotly.relayout(plot, { "scene.camera.eye": turnedEye(plot._fullLayout.scene.camera.eye, across, up) }),
    area: areaNow,
    toPlace: ({ x, y }) => (inside(areaNow(), x, y) ? [x, y] : null),
    toPoint: (place) => (place.length === 2 ? { x: place[0], y: place[1] } : projector(plot)(...place)),
    /** Pixels of the scene's points as they are seen now. */
    flattened: (points) => project(projector(plot), points),
    /** The same if its window were this one, and in the order from the farthest to the nearest. */
    seenThrough: (window, points) => {
      const seen = project(projector(plot), look.equal ? points : carried(points, window, look.ranges));
      return { ...seen, order: Uint32Array.from(seen.x.keys()).sort((i, j) => seen.depth[j] - seen.depth[i]) };
    },
    markerSize: () => MARKER.pixels,
    stepAside: () => Plotly.restyle(plot, { "marker.opacity": 0 }), // hidden points would take the axes with them
    comeBack: () => {}, // the next drawing shows them
    destroy() {
      destroyed = true;
      cancelAnimationFrame(frame);
      plot.removeEventListener("pointermove", track, true);
      Plotly.purge(plot);
    },
  };
}

function inside({ width, height }, x, y) {
  return x >= 0 && y >= 0 && x <= width && y <= height;
}

function cameraOf(plot) {
  return plot._fullLayout.scene._scene.glplot.cameraParams;
}

/** -> (x, y, z) in data units -> {x, y} in pixels from the corner of the plot. */
function projector(plot) {
  const { model, view, projection } = cameraOf(plot);
  return perspective([model, view, projection], plot._fullLayout.scene._scene.dataScale, plot.clientWidth, plot.clientHeight);
}

function cameraFrom(numbers) {
  const [eye, center, up] = [0, 3, 6].map((from) => ({ x: numbers[from], y: numbers[from + 1], z: numbers[from + 2] }));
  return { eye, center, up };
}

function project(toPixel, { x, y, z }) {
  const [across, down, depth] = [0, 1, 2].map(() => new Float32Array(x.length));
  for (let i = 0; i < x.length; i++) {
    const at = toPixel(x[i], y[i], z[i]);
    across[i] = at.x;
    down[i] = at.y;
    depth[i] = at.depth;
  }
  return { x: across, y: down, depth };
}

/** Points of the window `from` in the coordinates of the window `to`: both fill the same cube on the screen. */
function carried(points, from, to) {
  const along = (axis) => {
    const [[low, high], [first, last]] = [from[axis], to[axis]];
    return points[axis].map((value) => first + ((value - low) / (high - low)) * (last - first));
  };
  return { x: along("x"), y: along("y"), z: along("z") };
}

const RADIANS = Math.PI / 180;
const STEEPEST = 85; // degrees: straight from above, across has no meaning

function turnedEye({ x, y, z }, across, up) {
  const far = Math.hypot(x, y, z);
  const around = Math.atan2(y, x) + across * RADIANS;
  const limit = STEEPEST * RADIANS;
  const height = Math.max(-limit, Math.min(limit, Math.asin(z / far) + up * RADIANS));
  return {
    x: far * Math.cos(height) * Math.cos(around), y: far * Math.cos(height) * Math.sin(around), z: far * Math.sin(height),
  };
}

function nearer(plot, factor) {
  const { x, y, z } = plot._fullLayout.scene.camera.eye;
  return { x: x * factor, y: y * factor, z: z * factor };
}

function traceOf({ x, y, z, values }, scale, opacity, { theme }) {
  const muted = css(mix(theme.background, theme.text, 0.16));
  return {
    type: "scatter3d",
    mode: "markers",
    x,
    y,
    z,
    hoverinfo: "none",
    marker: {
      color: values,
      colorscale: withMuted(scale, muted),
      cmin: 0,
      cmax: 1,
      size: MARKER.size,
      opacity,
      line: { width: 0 },
    },
  };
}

function layoutOf({ theme, titles, equal, pan, separators, camera, ranges }) {
  const quiet = { gridcolor: css(mix(theme.background, theme.text, 0.14)), zeroline: false, showbackground: false, showspikes: false };
  const [xaxis, yaxis, zaxis] = ["x", "y", "z"].map((axis, k) => ({ title: { text: titles[k] }, range: ranges[axis], ...quiet }));
  return {
    scene: {
      xaxis, yaxis, zaxis, aspectmode: equal ? "data" : "cube", dragmode: pan && "orbit", camera: cameraFrom(camera),
    },
    separators,
    uirevision: "kept",
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, color: css(mix(theme.background, theme.text, 0.65)) },
    hovermode: "closest",
    showlegend: false,
  };
}
