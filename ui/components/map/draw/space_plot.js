// Three latent dimensions: dots in a cube that can be turned, drawn like those of the plane on a canvas of our own. Places
// of 3 numbers are codes and are projected, places of 2 are pixels of the picture.

import { cubeOf, distanceOf, farthestFirst, HOME, nearer, project, projected, projection, turned } from "../data/camera.js";
import { beyond } from "../data/window.js";
import { squareAt } from "./room.js";
import { createPoints } from "./points.js";
import { axesOf, createSpaceAxes } from "./space_axes.js";

const DOT = 3; // pixels
const STEPPED_BACK = 4; // sides of the cube that points of other labels seem farther away
const A_PIXEL = 0.4; // degrees that a drag of a pixel turns
const A_NOTCH = 0.0012; // of a wheel's delta: how much nearer or farther

/**
 * Has the same methods as the flat chart (plane_plot.js). moved(camera): the person moved it, null: it is where it began;
 * turned(): each change of the picture.
 */
export function createSpacePlot(plot, { turned: changed, moved }) {
  const look = {
    theme: null, titles: ["", "", ""], equal: true, pan: true, camera: HOME, ranges: null, fitted: true, form: String,
  };
  const axes = createSpaceAxes();
  let drawn = false;
  let dragged = null; // the pointer's last place
  let pictures = null; // that are drawn: {scene, seen, ids, side}
  plot.append(axes.element);

  const area = () => ({ left: 0, top: 0, width: plot.clientWidth, height: plot.clientHeight });
  const points = createPoints({
    area, seen: (scene) => seen(scene), markerSize: () => DOT, window: () => null, carried: () => "", pictured,
  });

  const projectionOf = (ranges) => projection(look.camera, cubeOf(ranges, look.equal), area());

  /** Pixels of the points, how far away each is, and the order to draw them in: first those that step back. */
  function seen(scene, ranges = look.ranges) {
    const points = project(projectionOf(ranges), scene);
    const lit = scene.lit ?? 0;
    const depths = lit ? points.depth.map((depth, i) => (i < lit ? depth + STEPPED_BACK : depth)) : points.depth;
    return { ...points, order: farthestFirst(depths) };
  }

  /** As on the plane: see plane_plot.js. */
  function pictured(found) {
    pictures = found;
    plot.drawn.pictured = found && { rows: Array.from(found.ids, (id) => found.scene.rows[id]), side: found.side };
  }

  function drawAxes() {
    axes.draw(axesOf(look.camera, cubeOf(look.ranges, look.equal), { ...look, ...area() }), look.theme);
  }

  function show(camera) {
    look.camera = camera;
    look.fitted = camera.join() === HOME.join();
    plot.drawn.camera = camera;
    drawAxes();
    points.follow();
    changed();
  }

  const tell = () => moved(look.fitted ? null : look.camera);

  function byHand(camera) {
    show(camera);
    tell();
  }

  function press(event) {
    if (event.button === 0 && look.pan && event.pointerType !== "touch" && drawn) dragged = event;
  }

  function drag(event) {
    if (!dragged) return;
    show(turned(look.camera, A_PIXEL * (dragged.clientX - event.clientX), A_PIXEL * (event.clientY - dragged.clientY)));
    dragged = event;
  }

  function release() {
    if (dragged) tell();
    dragged = null;
  }

  function wheel(event) {
    if (!drawn) return;
    event.preventDefault();
    byHand(nearer(look.camera, Math.exp(Math.max(-300, Math.min(300, event.deltaY)) * A_NOTCH)));
  }

  const listening = new AbortController();
  const { signal } = listening;
  const listen = (target, type, call, options) => target.addEventListener(type, call, { signal, ...options });
  listen(plot, "pointerdown", press);
  listen(window, "pointermove", drag);
  listen(window, "pointerup", release);
  listen(window, "pointercancel", release);
  listen(plot, "wheel", wheel, { passive: false });

  return {
    plot,
    look,
    layer: points.element,
    draw(scene, scale, opacity, choose = null) {
      if (signal.aborted) return;
      drawn = true;
      const { camera, ranges, equal } = look;
      plot.drawn = { ...scene, opacity, camera, ranges, equal }; // for tests and the console
      drawAxes();
      points.draw(scene, { scale, opacity, theme: look.theme, pictures: choose });
    },
    relayout: () => {}, // whether a drag turns is asked at each drag
    fade: (opacity) => points.fade(opacity),
    ready: () => drawn,
    resize() {
      if (drawn) show(look.camera);
    },
    reset: () => show(HOME),
    /** So far away that every point of these ranges is in the picture. */
    showAll({ x, y, z }) {
      const places = x.flatMap((a) => y.flatMap((b) => z.map((c) => [a, b, c])));
      const [xs, ys, zs] = [0, 1, 2].map((axis) => places.map((place) => place[axis]));
      const cube = cubeOf(look.ranges, look.equal);
      const outside = (from) =>
        Object.values(beyond(project(projection(from, cube, area()), { x: xs, y: ys, z: zs }), area())).some(Boolean);
      let { camera } = look;
      for (let step = 0; step < 40 && outside(camera); step += 1) camera = nearer(camera, 1.1);
      byHand(camera);
    },
    zoomAt: (_, factor) => byHand(nearer(look.camera, factor)),
    pinch: (_from, _to, factor) => byHand(nearer(look.camera, factor)),
    drag: (across, down) => byHand(turned(look.camera, -A_PIXEL * across, A_PIXEL * down)),
    /** Degrees: around the upright axis, and up or down. */
    turn: (across, up) => byHand(turned(look.camera, across, up)),
    area,
    toPlace: ({ x, y }) => (x >= 0 && y >= 0 && x <= plot.clientWidth && y <= plot.clientHeight ? [x, y] : null),
    toPoint: (place) => (place.length === 2 ? { x: place[0], y: place[1] } : projected(projectionOf(look.ranges), place)),
    seen: (scene) => seen(scene),
    /** How many times nearer one is than at first. */
    nearness: () => distanceOf(HOME) / distanceOf(look.camera),
    pictureAt: (scene, at) => (pictures?.scene === scene ? squareAt(pictures.ids, pictures.seen, [1, 1], pictures.side, at) : -1),
    sideAt: () => 0,
    drawMoving(scene, scale, opacity, ranges, choose = null) {
      plot.dataset.moving = "points";
      const there = seen(scene, look.fitted && !look.equal ? ranges : look.ranges);
      points.draw(scene, { scale, opacity, theme: look.theme, pictures: choose }, there);
      return there;
    },
    stopMoving: () => delete plot.dataset.moving,
    destroy() {
      listening.abort();
      points.destroy();
      axes.element.remove();
    },
  };
}
