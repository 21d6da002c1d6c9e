// The curves of several runs as Plotly's traces and layout, from data alone. Losses are MSE on [0, 1]. Pure.

import { css, rgbOfHex } from "../shared/colours.js";
import { axis, floorTo, frame, lossAxis, quiet } from "../shared/chart_frame.js";

const STEEP = 0.05; // of a curve's points at its start may leave the chart at the top
const DASHES = ["solid", "7px,3px", "2px,3px", "10px,3px,2px,3px", "5px,5px", "12px,4px"]; // colour is never alone

/**
 * runs: [{letter, title, colour, state}]; view: {along: "epochs" | "seconds", of: "held_out" | "training", scale}
 * -> {traces, layout, said}: said is the chart for those who cannot see it.
 */
export function curvesFigure(runs, theme, view, voice) {
  const curves = runs.map((run, at) => ({ ...run, at, points: curveOf(run.state, view) }));
  const range = rangeOf(curves.map(({ points }) => points), view.scale);
  const font = { size: 11, color: quiet(theme), family: theme.font };
  return {
    traces: curves.map((curve) => trace(curve, view, voice)),
    layout: {
      ...frame(theme, voice, 0),
      xaxis: {
        ...axis(theme), rangemode: "tozero", nticks: 8, showgrid: false, title: { text: voice.say(view.along), font, standoff: 4 },
      },
      yaxis: { ...axis(theme), ...lossAxis(range, view.scale, 1) },
    },
    said: said(curves, voice),
  };
}

/** [[x, loss], …] of one run: at the end of each epoch, or at each point of its training. */
export function curveOf(state, { along, of }) {
  const held = of === "held_out" && state.epochs.map(({ epoch, val_mse: mse, mse: seen }) => [epoch, Number.isFinite(mse) ? mse : seen]);
  const points = held || state.points;
  return along === "epochs" ? points : points.map(([epoch, loss]) => [secondsAt(state.epochs, epoch), loss]);
}

/** Seconds of training when it had come to `epoch`; the epoch under way goes as fast as the one before it. */
export function secondsAt(epochs, epoch) {
  let [done, seconds, pace] = [0, 0, 0];
  for (const row of epochs) {
    pace = row.seconds / (row.epoch - done || 1);
    if (row.epoch >= epoch) return seconds + (epoch - done) * pace;
    seconds += row.seconds;
    done = row.epoch;
  }
  return seconds + (epoch - done) * pace;
}

/** [low, high] that shows all curves but for their steep beginnings. */
export function rangeOf(curves, scale) {
  const losses = curves.map((points) => points.map(([, loss]) => loss).filter(Number.isFinite)).filter((all) => all.length);
  if (!losses.length) return [0.01, 0.1];
  const lowest = Math.min(...losses.map((all) => all.reduce((least, loss) => Math.min(least, loss))));
  const highest = 1.05 * Math.max(...losses.map((all) => all[Math.floor(STEEP * all.length)], lowest));
  const unit = floorTo((highest - lowest) / 4) || highest;
  return scale === "log" ? [0.97 * lowest, highest] : [Math.max(0, Math.floor((lowest - 0.04 * (highest - lowest)) / unit) * unit), highest];
}

function trace({ letter, title, colour, at, points, state }, { of }, voice) {
  const seen = of === "held_out" && state.epochs.length > 0 && !Number.isFinite(state.epochs.at(-1).val_mse);
  const name = seen ? voice.say("trained_on", { title }) : title;
  return {
    type: "scatter", name: `${letter} · ${name}`, x: points.map(([x]) => x), y: points.map(([, loss]) => loss),
    mode: of === "held_out" && points.length < 60 ? "lines+markers" : "lines", marker: { size: 5 },
    line: { color: css(rgbOfHex(colour)), width: 2, dash: DASHES[at] },
    customdata: points.map(([, loss]) => (Number.isFinite(loss) ? voice.mse(loss) : "")),
    hovertemplate: `${letter}  %{customdata}<extra></extra>`,
  };
}

function said(curves, voice) {
  const told = curves.filter(({ points }) => points.length)
    .map(({ letter, title, points }) => voice.say("curve", { letter, title, mse: voice.mse(points.at(-1)[1]) }));
  return told.length ? `${voice.say("curves")}: ${told.join("; ")}` : voice.say("curves");
}
