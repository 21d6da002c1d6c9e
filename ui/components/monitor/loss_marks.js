// Marks in the loss chart: where the learning rate changed, the run paused, went back or recovered. Pure.

import { css, mix } from "../shared/colours.js";

const NAMES = { // of the kinds of marks; where room is short, the first come first
  went_back: "mark_went_back", rate_changed: "mark_rate_changed", recovered: "mark_recovered",
  resumed: "mark_resumed", paused: "mark_paused",
};
const RANK = Object.keys(NAMES);
const LETTER = 0.02; // of the chart's width, for a letter of a name
const SIGN = "▾"; // where there is no room for a name
const LINE = 44; // letters in a line of what the pointer reads
export const ROOM = 18; // above the plot, in pixels

/** marks: [{kind, epoch, rate?, text}]; `last`: the epoch at the right edge. Plotly's shapes and annotations. */
export function markFigure(marks, last, theme, voice) {
  const places = byEpoch(marks);
  const named = withRoom(places.map((place) => nameOf(place[0], voice)), places.map((place) => place[0]), last);
  return {
    shapes: places.map(([{ epoch }]) => rule(epoch, theme)),
    annotations: places.map((place, index) => sign(place, named[index], last, theme)),
  };
}

/** Marks at one place together, the most telling first; places from left to right. */
function byEpoch(marks) {
  const places = new Map();
  for (const mark of marks) {
    const at = mark.epoch.toFixed(3);
    places.set(at, [...(places.get(at) ?? []), mark]);
  }
  const rank = ({ kind }) => RANK.indexOf(kind);
  return [...places.values()]
    .map((place) => place.sort((one, other) => rank(one) - rank(other)))
    .sort((one, other) => one[0].epoch - other[0].epoch);
}

function nameOf({ kind, epoch, rate }, voice) {
  return voice.say(NAMES[kind], { epoch: voice.epoch(epoch), rate: voice.rate(rate ?? 0) });
}

/** Each name, or null where it would lie on a more telling one. */
function withRoom(names, marks, last) {
  const taken = [];
  const order = marks.map((_, index) => index)
    .sort((one, other) => RANK.indexOf(marks[one].kind) - RANK.indexOf(marks[other].kind) || other - one);
  const kept = new Set(order.filter((index) => {
    const half = (names[index].length * LETTER) / 2;
    const middle = Math.min(1 - half, Math.max(half, marks[index].epoch / last));
    if (taken.some(([from, to]) => middle - half < to && middle + half > from)) return false;
    taken.push([middle - half, middle + half]);
    return true;
  }));
  return names.map((name, index) => (kept.has(index) ? name : null));
}

function rule(epoch, theme) {
  return {
    type: "line", x0: epoch, x1: epoch, yref: "paper", y0: 0, y1: 1, layer: "below",
    line: { color: css(mix(theme.background, theme.text, 0.4)), width: 1, dash: "2px,3px" },
  };
}

function sign(place, name, last, theme) {
  const [{ epoch }] = place;
  const half = ((name?.length ?? 1) * LETTER) / 2;
  return {
    text: name ?? SIGN, hovertext: place.map(({ text }) => wrapped(text)).join("<br>"),
    x: epoch, xanchor: epoch / last > 1 - half ? "right" : epoch / last < half ? "left" : "center",
    yref: "paper", y: 1, yanchor: "bottom", showarrow: false, borderpad: 1,
    font: { size: 11, color: css(mix(theme.background, theme.text, 0.72)), family: theme.font },
  };
}

/** A sentence in lines: Plotly does not break them. */
function wrapped(text) {
  const lines = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1).length + word.length > LINE) lines.push("");
    lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines.join("<br>");
}
