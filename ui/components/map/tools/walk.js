// A walk: two digits, the straight way between them on the map, and what the decoder makes of it.

import { digitCanvas, drawDigit, inkRamp } from "../../shared/digits.js";
import { element, setText } from "../../shared/element.js";
import { closeButton, toolButton } from "../panels/buttons.js";
import { straightWalk } from "../data/geometry.js";
import { codeAt, codeOf, decode, nameOf, placeOf } from "../data/map_data.js";

export const STEPS = 16;
const A_STEP = 160; // milliseconds

/** show(target, point) shows the card of a step and gives what is on it; say() speaks that. */
export function createWalk(lab, { show, say, hide }) {
  const { mapData, view, chart, voice } = lab;
  const title = element("p", { class: "lab-walk-title", "aria-live": "polite" });
  const play = toolButton("walk-play", "", () => toggle());
  const close = closeButton(voice.say("close"), () => leave());
  const stepName = (i) => voice.say("walk_step", { step: i + 1, steps: STEPS });
  const pictures = Array.from({ length: STEPS }, (_, i) => stepButton(stepName(i), () => stand(i)));
  const film = element("div", { class: "lab-film" }, ...pictures.map(({ button }) => button));
  const strip = element("section", { class: "lab-walk", "data-testid": "walk-strip", hidden: true },
    element("div", { class: "lab-walk-head" }, title, play, close), film);
  let ends = []; // rows
  let places = []; // map position of each step
  let codes = []; // latent code of each step
  let at = -1;
  let timer = null;

  function choose(row) {
    ends = ends.length === 2 ? [row] : [...ends, row];
    stop();
    if (ends.length === 2) begin();
    else clearWay();
    invite();
    lab.overlay.draw();
  }

  function begin() {
    const [a, b] = ends.map((row) => mapPlace(lab, row));
    places = straightWalk(a, b, STEPS);
    codes = [];
    const ways = [mapData.load.decoder(), mapData.latentDim > mapData.k ? mapData.load.codes() : null];
    Promise.allSettled(ways).then(decodeWay);
  }

  function decodeWay() {
    if (ends.length < 2) return;
    codes = codesBetween(mapData, ends);
    invite();
    draw();
  }

  function draw() {
    if (ends.length < 2) return;
    const ramp = inkRamp(lab.theme());
    codes.forEach((code, i) => {
      const picture = decode(mapData, code);
      if (picture) drawDigit(pictures[i].canvas, picture, ramp);
    });
    film.hidden = false;
  }

  function stand(step) {
    if (!codes.length) return; // still under way
    at = step;
    pictures.forEach(({ button }, i) => button.setAttribute("aria-current", String(i === step)));
    const content = show({ kind: "decoded", place: places[step], code: codes[step] }, chart.toPoint(places[step]));
    if (content) say(content);
    lab.overlay.draw();
  }

  function toggle() {
    if (timer) return stop();
    setText(play, voice.say("pause"));
    if (at >= STEPS - 1) at = -1;
    timer = setInterval(() => (at < STEPS - 1 ? stand(at + 1) : stop()), A_STEP);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    setText(play, voice.say("play"));
  }

  function invite() {
    strip.hidden = view.state.tool !== "walk" && ends.length < 2;
    play.hidden = ends.length < 2;
    const flat = mapData.latentDim > mapData.k && !mapData.codes;
    const labels = { a: nameOf(mapData, ends[0]), b: nameOf(mapData, ends[1]), steps: STEPS };
    const way = `${voice.say("walk_title", labels)}${flat ? ` ${voice.say("walk_flat")}` : ""}`;
    setText(title, ends.length === 2 ? way : voice.say(ends.length ? "walk_second" : "walk_first"));
  }

  function clearWay() {
    places = [];
    at = -1;
    film.hidden = true;
    hide();
  }

  function leave() {
    stop();
    ends = [];
    clearWay();
    if (view.state.tool === "walk") view.set({ tool: view.rest });
    invite();
    lab.overlay.draw();
  }

  stop();
  clearWay();
  view.listen((state, changed) => "tool" in changed && invite());
  return {
    element: strip,
    choose,
    leave,
    redraw: draw,
    shapes: () => wayShapes(lab, ends, places, at),
    destroy: stop,
  };
}

function stepButton(name, click) {
  const canvas = digitCanvas();
  const look = { type: "button", class: "lab-step", "aria-label": name, title: name, click };
  return { canvas, button: element("button", look, canvas) };
}

/** Where a row is drawn now. */
function mapPlace({ figure, mapData }, row) {
  return figure.targetOfRow(row)?.place ?? placeOf(mapData, row);
}

/** The code of each step; if the full codes are not loaded, computed from the positions on the map. */
function codesBetween(mapData, [a, b]) {
  const [from, to] = [codeOf(mapData, a), codeOf(mapData, b)];
  if (from && to) return straightWalk([...from], [...to], STEPS);
  if (!mapData.plane) return [];
  return straightWalk(placeOf(mapData, a), placeOf(mapData, b), STEPS).map((place) => codeAt(mapData, place));
}

function wayShapes(lab, ends, places, at) {
  const rings = ends.map((row) => ({ name: "end", kind: "ring", places: [mapPlace(lab, row)] }));
  const way = places.length ? [{ name: "way", kind: "line", places }] : [];
  const here = at >= 0 && places.length ? [{ name: "here", kind: "ring", places: [places[at]] }] : [];
  return [...way, ...rings, ...here];
}
