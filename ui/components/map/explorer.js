// Creates the parts of one map and connects them, once its data is loaded.

import { readTheme, watchTheme } from "../shared/colours.js";
import { createNamedSelections } from "./data/named_selections.js";
import { namedChips } from "./panels/naming.js";
import { createHover } from "./tools/hover.js";
import { axisTitles } from "./panels/axes.js";
import { companionChoice } from "./panels/companion_choice.js";
import { createSearch } from "./panels/search.js";
import { createSelection } from "./tools/selection.js";
import { createLinkedDigit } from "./tools/linked_digit.js";
import { createDrawing } from "./tools/drawing.js";
import { colouringsOf } from "./draw/colourings.js";
import { createFigure } from "./draw/figure.js";
import { createLasso } from "./tools/lasso.js";
import { createLegend } from "./panels/legend.js";
import { canPaint, createManifold } from "./draw/manifold.js";
import { createMovingPoints } from "./draw/moving_points.js";
import { createNumerals } from "./draw/numerals.js";
import { createOutliers } from "./panels/outliers.js";
import { createOverlay } from "./draw/overlay.js";
import { offerPicture } from "./panels/picture.js";
import { createPlanePointing } from "./tools/plane_pointing.js";
import { react } from "./reactions.js";
import { createReplay } from "./tools/replay.js";
import { createSpacePlot } from "./draw/space_plot.js";
import { createSpacePointing } from "./tools/space_pointing.js";
import { createPlanePlot } from "./draw/plane_plot.js";
import { createTable } from "./panels/table.js";
import { createToolbar } from "./panels/toolbar.js";
import { followTouches } from "./tools/touch.js";
import { createWalk } from "./tools/walk.js";
import { zoomButtons } from "./panels/zoom_buttons.js";
import { zoneShapes } from "./draw/zones.js";

const TWICE_NEARER = 0.5; // of the window that is left after a double tap

/**
 * frame: the component's element; plot: Plotly's element. window: {x, y} ranges or a {camera} from the address, or null.
 * moved(window): the person moved it; null: reset it. failed(error): a part could not be loaded; returns true if the map
 * will be replaced. whole(): all required data has loaded.
 * -> {toolbar, over, under, legend, table, start(), digits(), resize(), destroy()}: elements to place, and methods.
 */
export function createExplorer({ frame, plot }, { Plotly, mapData, view, voice, data, window: first, moved, failed, whole }) {
  let theme = readTheme(frame);
  let destroyed = false;
  // This map may lack the manifold or the training digits that the previous one had.
  view.set({ blend: canPaint(mapData) ? view.state.blend : 0, digits: mapData.trainingRows ? view.state.digits : "all" });
  if (!mapData.labelled) view.set({ label: null, colour: colouringsOf(mapData).includes(view.state.colour) ? view.state.colour : "label" });
  const flat = mapData.k < 3;
  // What all parts share; chart, figure, overlay, mark and linkedDigit are added below.
  const lab = { mapData, view, voice, theme: () => theme, live: () => isLive(mapData, view.state), covers: () => covers, frame };
  lab.named = createNamedSelections(data.urls.selections, data.lang);
  const covers = []; // elements that may lie over the map
  lab.chart = flat
    ? createPlanePlot(Plotly, plot, { moved: windowMoved, held: (ranges) => figure.held(ranges) })
    : createSpacePlot(plot, { turned: follow, moved: (camera) => moved(camera && { camera }) });
  lab.figure = createFigure(mapData, view, lab.chart, lab.theme);
  lab.overlay = createOverlay(lab.chart, shapes);
  lab.mark = (rows) => figure.choose(rows).then(afterDrawing, withoutNeighbours);
  const { chart, figure, overlay } = lab;

  if (!flat) plot.setAttribute("aria-label", voice.say("map_space"));

  const hover = createHover(lab);
  const about = { learning: data.learning, dataset: data.dataset };
  const drawing = createDrawing(lab, about, {
    choose: (row) => selection.digit(row), settled: (place) => selection.keepInSight(place), failed,
  });
  const selection = createSelection(lab, drawing);
  const linkedDigit = createLinkedDigit(lab, { run: data.link, companion: Boolean(data.companion), choose: selection.digit });
  lab.linkedDigit = linkedDigit;
  const walk = createWalk(lab, hover);
  covers.push(walk.element, ...selection.elements.slice(0, 1));
  const lasso = createLasso(lab, { closed: selection.inside, redraw: overlay.draw });
  const point = flat ? createPlanePointing : createSpacePointing;
  const twice = (at) => chart.zoomAt(at, TWICE_NEARER);
  const pointing = point(lab, hover, { choose, escape, reset, twice, busy: lasso.busy, drawing: lasso.drawing });
  const stopTouches = followTouches(chart, { moves: () => view.state.tool === "pan", began: twoFingers });
  const manifold = createManifold(lab);
  const replay = createReplay(lab, { place, back: () => place(null), failed });
  const numerals = createNumerals(lab);
  const outliers = createOutliers(lab);
  const movingPoints = createMovingPoints(lab, { numerals, outliers });
  const zooms = data.companion ? [] : [zoomButtons(chart, voice)];
  const table = createTable(lab);
  const legend = createLegend(mapData, view, voice, lab.theme);
  legend.element.append(namedChips(lab, selection.open), ...companionChoice(data.beside, view, voice));
  if (flat) legend.element.append(offerPicture(lab, Plotly));
  const search = createSearch(mapData, voice, found);
  const controls = { manifold: manifold.controls, replay: replay.elements, search };
  const toolbar = createToolbar(mapData, view, voice, controls, {
    reset, table: table.toggle, sample: selection.sample, draw: drawing.offered && (() => (view.state.draw ? selection.clear() : selection.draw())),
  }, data.projections);

  function choose(target, place) {
    const keyed = pointing.shapes().some(({ name }) => name === "cursor");
    if (keyed && lasso.drawing()) lasso.corner(place);
    else if (target.kind !== "digit") return;
    else if (data.companion) linkedDigit.chosen(target.row);
    else if (view.state.tool === "walk") walk.choose(target.row);
    else {
      selection.digit(target.row);
      hover.hide(); // the panel shows the same
    }
  }

  /** Of a search: the digits of a label alone, or one digit, brought into the window. */
  function found({ label, row }) {
    if (label !== undefined) return view.set({ label });
    if (replay.shown()) replay.end();
    if (!figure.targetOfRow(row)) view.set({ digits: "all" });
    if (view.state.label !== null && mapData.labels[row] !== view.state.label) view.set({ label: null });
    const there = figure.targetOfRow(row);
    if (flat && there) chart.centre(there.place);
    selection.digit(row);
  }

  function escape() {
    lasso.cancel();
    selection.clear();
    walk.leave();
    view.set({ tool: view.rest });
  }

  function twoFingers() {
    lasso.cancel();
    hover.hide();
  }

  function reset() {
    if (flat) chart.fit(figure.home());
    else chart.reset();
    moved(null);
  }

  function windowMoved(byHand) {
    follow();
    manifold.moved();
    pointing.forget();
    if (byHand) moved(chart.ranges());
  }

  /** What lies over the points goes along with them. */
  function follow() {
    overlay.draw();
    numerals.draw();
    if (replay.moving()) outliers.hide();
    else outliers.draw();
    hover.follow();
  }

  /** Positions of another epoch, on the way or to stay. */
  function place(columns, start, span, moving = false) {
    if (moving) return movingPoints.draw(columns, start, span);
    return figure.place(columns, start, span).finally(rest).then(afterDrawing).catch(failed);
  }

  function rest() {
    if (!destroyed && !replay.moving()) movingPoints.stop();
  }

  function shapes() {
    const drawn = [drawing, walk, selection, pointing, linkedDigit, lasso].flatMap((part) => part.shapes());
    return [...zoneShapes(mapData, view.state), ...drawn];
  }

  function afterDrawing() {
    if (destroyed) return;
    follow();
    legend.draw();
    table.draw();
    pointing.forget();
    if (flat) whenIdle(() => destroyed || figure.prepare());
  }

  function redraw() {
    hover.hide();
    return figure.redraw().then(afterDrawing, withoutNeighbours);
  }

  function withoutNeighbours(error) {
    const renewed = failed(error);
    if (!renewed) view.set({ colour: "label" });
  }

  react(lab, { frame, flat, redraw, follow, hide: hover.hide, manifold, refit: () => moved(null) });

  function restyle() {
    theme = readTheme(frame);
    chart.look.theme = theme;
    frame.dataset.theme = theme.dark ? "dark" : "light";
  }

  const stopWatching = watchTheme(frame, () => {
    restyle();
    redraw();
    selection.refresh();
    walk.redraw();
    manifold.paint();
  });

  async function start() {
    const { axes, equal, tool } = view.state;
    const { separators, tick: form } = voice;
    const titles = axisTitles(mapData, axes, voice);
    Object.assign(chart.look, { titles, flat: mapData.k === 1, equal, separators, form });
    frame.dataset.tool = tool;
    if (flat && first?.x) Object.assign(chart.look, { ranges: first, fitted: false });
    if (!flat && first?.camera) chart.look.camera = first.camera;
    restyle();
    await redraw();
    if (destroyed) return;
    if (flat && first?.x) await chart.zoomTo(first); // back in sight, should the address name a window without digits
    linkedDigit.open();
    manifold.paint();
    if (view.state.epoch !== null && mapData.load.frames.offered) await replay.restore(view.state.epoch).catch(failed);
    if (view.state.digit !== null && !destroyed) await openDigit(view.state.digit - mapData.start);
    else if (view.state.draw && drawing.offered && !destroyed) selection.draw();
    lab.named.load().then(() => destroyed || view.state.selection === null || selection.open(view.state.selection), failed);
    whenIdle(() => destroyed || loadTheRest(mapData, arrived).then(whole, failed));
  }

  function arrived(part) {
    if (destroyed) return;
    hover.refresh();
    if (part === "images" && view.state.pictures) redraw();
    if (part === "codes" && mapData.latentDim > mapData.k) selection.refresh(); // neighbours now come from the full codes
  }

  /** Selects the digit that the address names, if this map has it. */
  async function openDigit(row) {
    if (!Number.isInteger(row) || row < 0 || row >= mapData.n) return view.set({ digit: null });
    if (mapData.latentDim > mapData.k && mapData.load.codes.offered) await mapData.load.codes().catch(failed);
    if (!destroyed) selection.digit(row);
  }

  return {
    toolbar,
    under: manifold.element,
    over: [
      chart.layer, numerals.element, overlay.element, outliers.element, ...zooms, replay.badge, walk.element,
      ...selection.elements, ...hover.elements,
    ],
    legend: legend.element,
    table: table.element,
    start,
    /** Which digits the person chose to see: a map beside this one may have narrowed them. */
    digits: () => (linkedDigit.narrowed() ? "all" : view.state.digits),
    resize() {
      chart.resize();
      follow();
    },
    destroy() {
      destroyed = true;
      for (const part of [pointing, linkedDigit, hover, manifold, replay, walk, lasso, drawing]) part.destroy();
      stopWatching();
      stopTouches();
      chart.destroy();
    },
  };
}

/** Whether the loaded decoder belongs to the codes that are drawn: not at other epochs of a replay. */
function isLive(mapData, { epoch }) {
  return epoch === null || epoch === (mapData.frames?.live ?? null);
}

function whenIdle(call) {
  if (globalThis.requestIdleCallback) requestIdleCallback(call, { timeout: 1000 });
  else setTimeout(call, 50);
}

/** The parts that pointing at digits needs most are loaded first. */
async function loadTheRest(mapData, arrived) {
  for (const part of ["decoder", "codes", "images", "fileRows"]) {
    await mapData.load[part]();
    arrived(part);
  }
}
