// The plane: Plotly draws its axes and follows wheel and drag, the digits are dots on a canvas of our own over them.

import { css, mix } from "../../shared/colours.js";
import { equalRanges, shifted, zoomed } from "../data/geometry.js";
import { squareAt } from "./room.js";
import { createPoints } from "./points.js";

const MARGIN = { l: 46, r: 10, t: 8, b: 38 };
const CONFIG = { displayModeBar: false, scrollZoom: true, doubleClick: false, responsive: false, showTips: false };

/**
 * plot: the element; moved(byHand): the window on the plane changed, by the person or by us; held(ranges): the window
 * nearest to these ranges that still shows digits.
 */
export function createPlanePlot(Plotly, plot, { moved, held }) {
  // fitted: the window follows the points until the person moves it.
  const look = { theme: null, equal: true, pan: true, titles: ["", ""], ranges: null, fitted: true, flat: false };
  let drawn = false;
  let destroyed = false; // ignore pending async work
  let pictures = null; // that are drawn: {scene, ids, side}
  let ours = false; // whether the change of window under way is ours, not the person's

  const points = createPoints({
    area: () => areaOf(plot),
    seen: (scene) => pixelsIn(rangesOf(plot), areaOf(plot), scene),
    markerSize: (count) => markerSize(count, look.flat),
    window: () => rangesOf(plot),
    carried: (from) => carried(from, rangesOf(plot), areaOf(plot)),
    pictured,
  });

  /** Which digits are drawn as pictures; on the element for tests and the console. */
  function pictured(found) {
    pictures = found;
    plot.drawn.pictured = found && { rows: Array.from(found.ids, (id) => found.scene.rows[id]), side: found.side };
  }

  /** The digit of a scene whose picture lies at a place, or -1. */
  function pictureAt(scene, place) {
    return pictures?.scene === scene ? squareAt(pictures.ids, scene, pixelsPerUnit(plot), pictures.side, place) : -1;
  }

  function draw(scene, scale, opacity, choose = null) {
    if (destroyed) return;
    Plotly.react(plot, [], layoutOf({ ...look, ranges: shaped(look.ranges) }), CONFIG);
    if (!drawn) listen();
    drawn = true;
    plot.drawn = { ...scene, opacity }; // for tests and the console
    points.draw(scene, { scale, opacity, theme: look.theme, pictures: choose });
  }

  function listen() {
    plot.on("plotly_relayouting", () => {
      points.follow();
      moved(false);
    });
    plot.on("plotly_relayout", (change) => settle(Object.keys(change).some((key) => key.includes(".range"))));
  }

  function settle(panned) {
    const byHand = panned && !ours;
    if (byHand) look.fitted = false;
    if (!look.fitted) look.ranges = rangesOf(plot);
    points.follow();
    const inSight = byHand ? held(look.ranges) : look.ranges;
    if (differ(inSight, look.ranges)) zoomTo(inSight); // it tells of itself
    else moved(byHand);
  }

  /** Ranges of the window's shape where both axes have one scale; Plotly would find others, and not always the same. */
  function shaped(ranges) {
    const inner = { width: plot.clientWidth - MARGIN.l - MARGIN.r, height: plot.clientHeight - MARGIN.t - MARGIN.b };
    return look.equal && !look.flat ? equalRanges(ranges, inner) : ranges;
  }

  const zoomTo = (ranges) => Plotly.relayout(plot, windowOf(shaped(ranges)));

  async function relayout(patch) {
    ours = true;
    await Plotly.relayout(plot, patch);
    ours = false;
  }

  return {
    plot,
    look,
    layer: points.element,
    draw,
    relayout,
    /** Opacity of all points together. */
    fade(opacity) {
      plot.drawn.opacity = opacity;
      points.fade(opacity);
    },
    async resize() {
      if (!drawn) return;
      await relayout({ autosize: true });
      if (look.fitted) await relayout(windowOf(shaped(look.ranges)));
      points.follow();
    },
    ready: () => drawn,
    zoomTo: (ranges) => zoomTo(held(ranges)),
    /** Nearer (factor < 1) or farther about a point of the element, or about the middle. */
    zoomAt(point, factor) {
      const { left, top, width, height } = areaOf(plot);
      const place = placeOf(plot, point ?? { x: left + width / 2, y: top + height / 2 });
      return zoomTo(held(zoomed(rangesOf(plot), place, factor)));
    },
    /** What lay between two fingers at `from` lies between them at `to`; factor < 1: they have moved apart. */
    pinch(from, to, factor) {
      const near = zoomed(rangesOf(plot), placeOf(plot, from), factor);
      return zoomTo(held(shifted(near, areaOf(plot), [to.x - from.x, to.y - from.y])));
    },
    drag: (right, down) => zoomTo(held(shifted(rangesOf(plot), areaOf(plot), [right, down]))),
    /** Moves a place that is not in the window into its middle. */
    centre(place) {
      const { left, top, width, height } = areaOf(plot);
      const at = toPoint(plot, place);
      if (isInside(areaOf(plot), at)) return;
      return zoomTo(shifted(rangesOf(plot), { width, height }, [left + width / 2 - at.x, top + height / 2 - at.y]));
    },
    showAll: zoomTo,
    fit(ranges) {
      look.fitted = true;
      return relayout(windowOf(shaped(ranges)));
    },
    ranges: () => rangesOf(plot),
    area: () => areaOf(plot),
    toPlace: (point) => (isInside(areaOf(plot), point) ? placeOf(plot, point) : null),
    toPoint: (place) => toPoint(plot, place),
    scale: () => pixelsPerUnit(plot),
    pictureAt,
    /** The side of the picture whose code lies at a place, in pixels; 0: there is none. */
    sideAt(place) {
      const scene = pictures?.scene;
      const id = scene ? pictureAt(scene, place) : -1;
      return id >= 0 && scene.x[id] === place[0] && scene.y[id] === place[1] ? pictures.side : 0;
    },
    /** Pixels of places in the plot area. */
    seen: (places) => pixelsIn(rangesOf(plot), areaOf(plot), places),
    /** Draws these points in their place while they move; where the window moves too, the axes wait for its end. */
    drawMoving(scene, scale, opacity, window, choose = null) {
      plot.dataset.moving = look.fitted ? "window" : "points";
      const area = areaOf(plot);
      const seen = pixelsIn(look.fitted ? shaped(window) : rangesOf(plot), area, scene);
      points.draw(scene, { scale, opacity, theme: look.theme, pictures: choose }, seen);
      return seen;
    },
    /** The axes are those of the points again. */
    stopMoving: () => delete plot.dataset.moving,
    destroy() {
      destroyed = true;
      points.destroy();
      Plotly.purge(plot);
    },
  };
}

function windowOf({ x, y }) {
  return { "xaxis.range": x, "yaxis.range": y };
}

function differ(a, b) {
  return ["x", "y"].some((axis) => Math.abs(a[axis][0] - b[axis][0]) > 1e-6 * (b[axis][1] - b[axis][0])
    || Math.abs(a[axis][1] - b[axis][1]) > 1e-6 * (b[axis][1] - b[axis][0]));
}

function markerSize(count, flat) {
  if (flat) return 3;
  return count > 40000 ? 3 : count > 8000 ? 4 : 5;
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
    margin: MARGIN,
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

function isInside({ left, top, width, height }, { x, y }) {
  return x >= left && y >= top && x <= left + width && y <= top + height;
}

/** {x, y} in pixels from the element's corner -> [x, y] on the plane. */
function placeOf(plot, point) {
  const { left, top } = areaOf(plot);
  return [plot._fullLayout.xaxis.p2d(point.x - left), plot._fullLayout.yaxis.p2d(point.y - top)];
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

/** The transform that puts a picture of one window where its places are in another. */
function carried(from, to, { width, height }) {
  const { x: [left, right], y: [bottom, top] } = pixelsIn(to, { width, height }, from);
  return `translate(${left}px, ${top}px) scale(${(right - left) / width}, ${(bottom - top) / height})`;
}

function pixelsPerUnit(plot) {
  const { width, height } = areaOf(plot);
  const { x, y } = rangesOf(plot);
  return [width / Math.abs(x[1] - x[0]), height / Math.abs(y[1] - y[0])];
}
