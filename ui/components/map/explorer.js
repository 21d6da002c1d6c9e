// One map, put together: who listens to whom once the digits are here.

import { readTheme, watchTheme } from "../shared/colours.js";
import { createAttention } from "./attention.js";
import { axisTitles } from "./axes.js";
import { besideChoice } from "./beside.js";
import { createChoosing } from "./choosing.js";
import { createEcho } from "./echo.js";
import { createFigure } from "./figure.js";
import { createLasso } from "./lasso.js";
import { createLegend } from "./legend.js";
import { canPaint, createManifold } from "./manifold.js";
import { createMotion } from "./motion.js";
import { createOverlay } from "./overlay.js";
import { createPointing } from "./pointing.js";
import { react } from "./reactions.js";
import { createReplay } from "./replay.js";
import { createSpace } from "./space.js";
import { createSpacePointing } from "./space_pointing.js";
import { createStage } from "./stage.js";
import { createTable } from "./table.js";
import { createToolbar } from "./toolbar.js";
import { createWalk } from "./walk.js";
import { zoneShapes } from "./zones.js";

/**
 * frame: the component's element; plot: Plotly's element. window: {x, y} ranges or a {camera} that an address names, or
 * null. moved(window or null): the person moved it, or reset it. failed(error): a late part did not come;
 * true where a newer map takes this one's place. whole(): all that every map needs is here.
 * -> {toolbar, over, under, legend, table, start(), restyle(), resize(), destroy()}: elements and the way to use them.
 */
export function createExplorer({ frame, plot }, { Plotly, world, view, voice, data, window: first, moved, failed, whole }) {
  let theme = readTheme(frame);
  let gone = false;
  // The map before this one may have had a manifold, and training digits.
  view.set({ blend: canPaint(world) ? view.state.blend : 0, digits: world.trainingRows ? view.state.digits : "all" });
  const flat = world.k < 3;
  const lab = { world, view, voice, theme: () => theme, live: () => isLive(world, view.state) };
  lab.stage = flat ? createStage(Plotly, plot, { moved: windowMoved }) : createSpace(Plotly, plot, spaceEvents());
  lab.figure = createFigure(world, view, lab.stage, lab.theme);
  lab.overlay = createOverlay(lab.stage, shapes);
  lab.mark = (rows) => figure.choose(rows).then(afterDrawing, withoutNeighbours);
  const { stage, figure, overlay } = lab;

  if (!flat) plot.setAttribute("aria-label", voice.say("map_space"));

  const attention = createAttention(lab);
  const choosing = createChoosing(lab);
  const echo = createEcho(lab, { run: data.link, companion: Boolean(data.companion), choose: choosing.digit });
  lab.echo = echo;
  const walk = createWalk(lab, attention);
  const lasso = createLasso(lab, { closed: choosing.inside, redraw: overlay.draw });
  const point = flat ? createPointing : createSpacePointing;
  const pointing = point(lab, attention, { choose, escape, reset, busy: lasso.busy, drawing: lasso.drawing }, data.measure);
  const manifold = createManifold(lab);
  const replay = createReplay(lab, { place, back: () => place(null), failed });
  const motion = createMotion(lab);
  const table = createTable(lab);
  const legend = createLegend(world, view, voice, lab.theme);
  legend.element.append(...besideChoice(data.beside ?? [], view, voice));
  const controls = { manifold: manifold.controls, replay: replay.elements };
  const toolbar = createToolbar(world, view, voice, controls, { reset, table: table.toggle }, data.projections ?? []);

  function choose(target, place) {
    const keyed = pointing.shapes().some(({ name }) => name === "cursor");
    if (keyed && lasso.drawing()) lasso.corner(place);
    else if (target.kind !== "digit") return;
    else if (data.companion) echo.chosen(target.row);
    else if (view.state.tool === "walk") walk.choose(target.row);
    else choosing.digit(target.row);
  }

  function escape() {
    lasso.cancel();
    choosing.clear();
    walk.leave();
    view.set({ tool: "pan" });
  }

  function reset() {
    if (flat) stage.fit(figure.home());
    else stage.reset();
    moved(null);
  }

  function windowMoved(byHand) {
    overlay.draw();
    attention.follow();
    manifold.moved();
    pointing.forget();
    if (byHand) moved(stage.ranges());
  }

  /** Positions of another epoch; while they move, on a canvas of their own. */
  function place(columns, start, span, moving = false) {
    if (moving) return motion.draw(columns, start, span);
    return figure.place(columns, start, span).then(stage.shown).finally(rest).then(afterDrawing).catch(failed);
  }

  function rest() {
    if (!gone && !replay.moving()) motion.stop();
  }

  function spaceEvents() {
    return {
      pointed: (i, at) => pointing.pointed(i, at),
      left: () => pointing.left(),
      clicked: (i) => pointing.clicked(i),
      moved: (camera) => moved(camera && { camera }),
      turned() {
        overlay.draw();
        attention.follow();
      },
    };
  }

  function shapes() {
    const drawn = [walk, choosing, pointing, echo, lasso].flatMap((part) => part.shapes());
    return [...zoneShapes(world, view.state), ...drawn];
  }

  function afterDrawing() {
    if (gone) return;
    overlay.draw();
    legend.draw();
    table.draw();
    pointing.forget();
    if (flat) whenIdle(() => gone || figure.prepare());
  }

  function redraw() {
    attention.hide();
    return figure.redraw().then(afterDrawing, withoutNeighbours);
  }

  function withoutNeighbours(error) {
    const renewed = failed(error);
    if (!renewed) view.set({ colour: "label" });
  }

  react(lab, { frame, flat, redraw, hide: attention.hide, manifold, refit: () => moved(null) });

  function restyle() {
    theme = readTheme(frame);
    stage.look.theme = theme;
    frame.dataset.theme = theme.dark ? "dark" : "light";
  }

  const stopWatching = watchTheme(frame, () => {
    restyle();
    redraw();
    choosing.refresh();
    walk.redraw();
    manifold.paint();
  });

  async function start() {
    const { axes, equal } = view.state;
    const { separators } = voice;
    Object.assign(stage.look, { titles: axisTitles(world, axes, voice), flat: world.k === 1, equal, separators });
    if (flat && first?.x) Object.assign(stage.look, { ranges: first, fitted: false });
    if (!flat && first?.camera) stage.look.camera = first.camera;
    restyle();
    await redraw();
    if (gone) return;
    echo.open();
    manifold.paint();
    if (view.state.epoch !== null && world.load.frames.offered) await replay.restore(view.state.epoch).catch(failed);
    if (view.state.digit !== null && !gone) await openDigit(view.state.digit - world.start);
    whenIdle(() => gone || loadTheRest(world, arrived).then(whole, failed));
  }

  function arrived(part) {
    if (gone) return;
    attention.refresh();
    if (part === "codes" && world.latentDim > world.k) choosing.refresh(); // neighbours of the map become those of the space
  }

  /** That an address names; there may be no such digit among these. */
  async function openDigit(row) {
    if (!Number.isInteger(row) || row < 0 || row >= world.n) return view.set({ digit: null });
    if (world.latentDim > world.k && world.load.codes.offered) await world.load.codes().catch(failed);
    if (!gone) choosing.digit(row);
  }

  return {
    toolbar,
    under: manifold.element,
    over: [motion.element, overlay.element, replay.badge, walk.element, ...choosing.elements, ...attention.elements],
    legend: legend.element,
    table: table.element,
    start,
    /** Which digits the person chose to see: a map beside this one may have narrowed them. */
    digits: () => (echo.narrowed() ? "all" : view.state.digits),
    resize() {
      stage.resize();
      overlay.draw();
    },
    destroy() {
      gone = true;
      for (const part of [pointing, echo, attention, manifold, replay, walk, lasso]) part.destroy();
      stopWatching();
      stage.destroy();
    },
  };
}

/** Whether the decoder at hand belongs to the codes that are drawn: in the replay of one epoch at most. */
function isLive(world, { epoch }) {
  return epoch === null || epoch === (world.frames?.live ?? null);
}

function whenIdle(call) {
  if (globalThis.requestIdleCallback) requestIdleCallback(call, { timeout: 1000 });
  else setTimeout(call, 50);
}

/** In the order in which the pointer misses them. */
async function loadTheRest(world, arrived) {
  for (const part of ["decoder", "codes", "images"]) {
    await world.load[part]();
    arrived(part);
  }
}
