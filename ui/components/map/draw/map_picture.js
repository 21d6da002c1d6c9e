// The plane as a figure that Plotly draws alone, for a picture to keep: the digits in the window, a legend, titled axes. Pure.

import { axis, frame, quiet } from "../../shared/chart_frame.js";
import { symbolOf } from "../../shared/shapes.js";
import { litValue } from "./colourings.js";

export const MOST = 10_000; // digits in a picture; an SVG has a shape for each

/**
 * scene: of makeScene; colours: {scale, range} of `colouring`, {names} of the classes or, where colours are numbers,
 * {said(number)}; look: {ranges, titles, equal}; muted: colour of what steps back. -> {traces, layout, shown: how many digits}
 */
export function mapFigure(scene, colours, look, muted, theme, voice) {
  const inside = placesInside(scene, look.ranges).slice(-MOST); // as drawn: those on top
  const back = inside.filter((i) => i < scene.lit);
  const front = inside.filter((i) => i >= scene.lit);
  const traces = [
    ...(back.length ? [{ ...dots(scene, back), showlegend: false, marker: { size: 4, color: muted, opacity: 0.5 } }] : []),
    ...(colours.names ? byClass(scene, front, colours) : [byNumber(scene, front, colours, theme)]),
  ];
  const titled = (text, range, more) => ({ ...axis(theme), title: { text, font: { size: 12, color: quiet(theme) } }, range, ...more });
  const anchor = look.equal ? { scaleanchor: "x" } : {};
  return {
    traces,
    layout: {
      ...frame(theme, voice, 0),
      xaxis: titled(look.titles[0], look.ranges.x, {}),
      yaxis: titled(look.titles[1], look.ranges.y, anchor),
    },
    shown: inside.length,
  };
}

function placesInside({ x, y }, { x: [left, right], y: [low, high] }) {
  return [...x.keys()].filter((i) => x[i] >= left && x[i] <= right && y[i] >= low && y[i] <= high);
}

function dots(scene, places) {
  return {
    type: "scatter", mode: "markers", x: places.map((i) => scene.x[i]), y: places.map((i) => scene.y[i]),
  };
}

/** All in one trace, so that each class is as likely on top as on the page; for the legend a trace a class, without dots. */
function byClass(scene, places, { scale, names }) {
  const classes = places.map((i) => Math.floor((scene.values[i] / litValue(1)) * names.length));
  const look = (at) => ({ color: scale[2 * at][1], symbol: symbolOf(at) });
  const marker = { size: 4, opacity: 0.8, color: classes.map((at) => look(at).color), symbol: classes.map((at) => look(at).symbol) };
  const named = names.map((name, at) => ({ type: "scatter", mode: "markers", x: [null], y: [null], name, marker: { size: 9, ...look(at) } }));
  return [{ ...dots(scene, places), showlegend: false, marker }, ...named.filter((_, at) => classes.includes(at))];
}

function byNumber(scene, places, { scale, range, said }, theme) {
  const lit = litValue(1);
  return {
    ...dots(scene, places),
    marker: {
      size: 4, opacity: 0.8, color: places.map((i) => scene.values[i] / lit), colorscale: scale, cmin: 0, cmax: 1,
      colorbar: { tickvals: [0, 1], ticktext: range.map(said), thickness: 10, outlinewidth: 0, tickfont: { size: 11, color: quiet(theme) } },
    },
  };
}
