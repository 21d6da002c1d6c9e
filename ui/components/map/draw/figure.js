// The points of the map as they are now: positions, scene, index for picking, and their drawing.

import { colouring, needsNeighbours } from "./colourings.js";
import { createPictures } from "./pictures.js";
import { OPACITY } from "./points.js";
import { allRanges, homeRanges, makeScene, positionsOf } from "./scene.js";
import { SpatialIndex } from "../data/spatial_index.js";
import { digitTarget, targetAt, targetOfRow, targetSeenAt } from "../data/target.js";
import { inSight } from "../data/window.js";

/** chart: see plane_plot.js and space_plot.js; theme(): the colours of the page now. */
export function createFigure(mapData, view, chart, theme) {
  const own = positionsOf(mapData, mapData.columns, 0);
  let positions = own;
  let scene = null;
  let index = null;
  let known = null; // ranges of the positions
  let chosen = null; // (n,) 1 where selected, or null
  const flat = mapData.k < 3;
  const ways = createPictures(mapData, chart, () => figure.home());
  const coloured = remembered((colour, dark) => colouring(mapData, colour, dark));

  const waits = () => needsNeighbours(view.state.colour) && !mapData.neighbours;

  /** Computed once for the positions that are shown. */
  function ranges() {
    const { columns } = mapData;
    if (known?.of !== positions) {
      known = { of: positions, home: homeRanges(positions, columns), whole: allRanges(positions, columns) };
    }
    return known;
  }

  function paint() {
    const { values, scale } = figure.colours();
    scene = makeScene(mapData, positions, values, view.state, chosen);
    index = null;
    if (chart.look.fitted) chart.look.ranges = figure.home();
    chart.draw(scene, scale, pointOpacity(view.state.blend), figure.pictures(flat ? "still" : "moving"));
  }

  const figure = {
    scene: () => scene,
    chosen: () => chosen,
    /** How the digits to be drawn as pictures are chosen, or null where all are dots: for the charts. */
    pictures: (way) => (view.state.pictures ? ways[way] : null),
    /** Coloured by label until the neighbours are here. */
    colours: () => coloured(waits() ? "label" : view.state.colour, theme().dark),
    /** Drawing order, colours and positions anew; a colouring by neighbours asks for them first. */
    async redraw() {
      if (waits()) {
        if (!scene) paint();
        await mapData.load.neighbours();
      }
      paint();
    },
    /** Other positions for the rows from `start`: k arrays; null goes back to the map's own. */
    place(columns, start, span) {
      positions = columns ? positionsOf(mapData, columns, start, span) : own;
      return figure.redraw();
    },
    choose(rows) {
      chosen = rows && maskOf(mapData.n, rows);
      return figure.redraw();
    },
    /** Ranges of the first view, and those that show every digit. */
    home: () => ranges().home,
    whole: () => ranges().whole,
    /** The window nearest to these ranges in which digits are seen. */
    held: (ranges) => (scene ? inSight(ranges, scene, figure.whole()) : ranges),
    /** A picture is pointed at wherever one points at it; elsewhere the nearest code counts. */
    targetAt(place) {
      const pictured = chart.pictureAt(scene, place);
      if (pictured >= 0) return digitTarget(scene, pictured);
      return targetAt(scene, figure.prepare(), place, chart.scale());
    },
    /** In space: the digit that is seen at a point, or null. */
    targetSeenAt(at) {
      const pictured = chart.pictureAt(scene, [at.x, at.y]);
      return pictured >= 0 ? digitTarget(scene, pictured) : targetSeenAt(scene, chart.seen(scene), at);
    },
    targetOfRow: (row) => targetOfRow(scene, row),
    /** Builds the index before the first pointer move needs it. */
    prepare: () => (index ??= new SpatialIndex(scene.x, scene.y)),
  };
  return figure;
}

/** Opacity of the points: falls as `blend` grows, so that they do not hide the manifold. */
export function pointOpacity(blend) {
  return OPACITY * Math.min(1, 2 * (1 - blend));
}

function maskOf(n, rows) {
  const mask = new Uint8Array(n);
  for (const row of rows) mask[row] = 1;
  return mask;
}

function remembered(compute) {
  const known = new Map();
  return (...key) => {
    const name = key.join();
    if (!known.has(name)) known.set(name, compute(...key));
    return known.get(name);
  };
}
