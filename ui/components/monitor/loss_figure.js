// The loss chart as Plotly's traces and layout, from data alone. Losses are MSE on [0, 1] until the last step.

import { DIGIT_COLOURS, css, mix } from "../shared/colours.js";
import { axis, floorTo, frame, lossAxis, quiet } from "../shared/chart_frame.js";
import { GREY } from "../shared/voice.js";
import { ROOM, markFigure } from "./loss_marks.js";

const BELOW_PCA = 0.8; // there is room to beat PCA from the start: a share of its loss
const SHORT = 20; // epochs that the axis shows at least, where there are as many
const CLOSE = 0.08; // lines nearer than this share of the height would have their names in one place

/**
 * state: of protocol.js; references: {pca, average, course} in MSE, null where there is none, and {parts}: names of the
 * loss's terms; view: {scale: "linear" | "log", unit: "mse" | "grey" | "parts"}; theme: of readTheme; voice: of voiceOf.
 */
export function lossFigure(state, references, view, theme, voice) {
  return view.unit === "parts" ? partsFigure(state, references.parts, view, theme, voice) : mseFigure(state, references, view, theme, voice);
}

function mseFigure(state, references, view, theme, voice) {
  const range = lossRange(state, references, view.scale);
  const lines = linesInView(references, range);
  const factor = view.unit === "grey" ? GREY : 1;
  const last = lastOnAxis(state);
  const marks = markFigure(state.marks, last, theme, voice);
  return {
    traces: [
      courseTrace(references.course ?? [], theme),
      trainingTrace(state.points, theme),
      heldOutTrace(state.epochs, theme),
    ].map((trace) => inUnit(trace, view.unit, voice)),
    layout: {
      ...frame(theme, voice, state.marks.length > 0 ? ROOM : 0),
      xaxis: { ...axis(theme), ...epochAxis(last, theme, voice) },
      yaxis: { ...axis(theme), ...lossAxis(range, view.scale, factor) },
      shapes: [...lines.map((line) => ruleAt(line, factor, theme)), ...marks.shapes],
      annotations: [
        ...lines.map((line) => nameOf(line, below(line, lines, range), view.scale, factor, theme, voice)),
        ...marks.annotations,
      ],
    },
  };
}

// ---- the loss in parts, where it is not the MSE alone ----

/** The colour of each part, in their order: told apart also by those who see few colours, and by their names. */
export function partColours(theme) {
  return [css(theme.text, 0.85), css(theme.primary), DIGIT_COLOURS[6], DIGIT_COLOURS[4]];
}

/** The loss that is trained and what each of its terms adds to it: a line each, and dashed on held-out digits. */
function partsFigure(state, names, view, theme, voice) {
  const last = lastOnAxis(state);
  const marks = markFigure(state.marks, last, theme, voice);
  const traces = Object.entries(names).flatMap(([part, said], at) => partTraces(state, part, said, partColours(theme)[at], voice));
  const range = partsRange(traces.map((trace) => trace.y), view.scale);
  return {
    traces,
    layout: {
      ...frame(theme, voice, state.marks.length > 0 ? ROOM : 0),
      xaxis: { ...axis(theme), ...epochAxis(last, theme, voice) },
      yaxis: { ...axis(theme), ...lossAxis(range, view.scale, 1) },
      shapes: marks.shapes,
      annotations: marks.annotations,
    },
  };
}

function partTraces(state, part, said, color, voice) {
  const rows = state.epochs.filter((row) => Number.isFinite(row.parts?.[part]));
  const values = state.parts[part] ?? [];
  const line = { type: "scatter", mode: "lines", hovertemplate: `%{fullData.name}  %{customdata}<extra></extra>` };
  const read = (values) => values.map((value) => (Number.isFinite(value) ? voice.part(value) : ""));
  const held = rows.map((row) => row.parts[part]);
  return [
    { ...line, name: said, x: state.points.map((point) => point[0]), y: values, customdata: read(values),
      line: { color, width: 1.25 } },
    { ...line, name: voice.say("part_held_out", { part: said }), x: rows.map((row) => row.epoch), y: held, customdata: read(held),
      mode: "lines+markers", line: { color, width: 2, dash: "5px,4px" }, marker: { size: 5 } },
  ];
}

/** [low, high] that shows all lines; what the first tenth of the points had above all later ones may leave at the top. */
export function partsRange(lines, scale) {
  const finite = lines.map((values) => values.filter((value) => Number.isFinite(value) && (scale === "linear" || value > 0)));
  const settled = finite.map((values) => values.slice(Math.floor(values.length / 10)));
  const highest = settled.reduce(upper, 0) || 1;
  const lowest = finite.reduce(lower, highest);
  return scale === "log" ? [0.9 * lowest, 1.2 * highest] : [Math.min(0, lowest), 1.08 * highest];
}

/** [low, high] in MSE that shows the latest loss and what it stands next to; a steep start may leave at the top. */
export function lossRange(state, references, scale) {
  const training = state.points.map((point) => point[1]).filter(Number.isFinite);
  const heldOut = state.epochs.map((epoch) => epoch.val_mse).filter(Number.isFinite);
  const lines = [references.pca, ...(references.course ?? [])].filter(Number.isFinite);
  const lowest = [training, heldOut, lines].reduce(lower, BELOW_PCA * (references.pca ?? references.average));
  const begun = [training, lines].reduce(upper, 0);
  const ceiling = Math.max((scale === "log" ? 1.5 : 1.2) * references.average, 1.1 * (training.at(-1) ?? 0));
  const highest = training.length ? Math.min(1.05 * begun, ceiling) : 1.12 * references.average;
  return [scale === "log" ? floorTo(0.97 * lowest) : evenFloor(lowest, highest), highest];
}

function lower(start, values) {
  return values.reduce((least, value) => Math.min(least, value), start);
}

function upper(start, values) {
  return values.reduce((most, value) => Math.max(most, value), start);
}

/** A round floor a little below the lowest value, so that the axis does not creep with each point. */
function evenFloor(lowest, highest) {
  const unit = floorTo((highest - lowest) / 4) || highest;
  return Math.max(0, Math.floor((lowest - 0.04 * (highest - lowest)) / unit) * unit);
}

function trainingTrace(points, theme) {
  return {
    name: "curve_training", x: points.map((point) => point[0]), y: points.map((point) => point[1]),
    mode: "lines", line: { color: css(theme.primary, 0.75), width: 1.25 },
  };
}

function heldOutTrace(epochs, theme) {
  return {
    name: "curve_held_out", x: epochs.map((row) => row.epoch), y: epochs.map((row) => row.val_mse),
    mode: "lines+markers", line: { color: css(theme.primary), width: 2, dash: "5px,4px" }, marker: { size: 5 },
  };
}

function courseTrace(losses, theme) {
  return {
    name: "curve_course", x: losses.map((_, index) => index + 1), y: losses,
    mode: "lines", line: { color: quiet(theme), width: 1.75, dash: "dot" },
  };
}

/** Values in the chosen unit; the pointer reads both. */
function inUnit(trace, unit, voice) {
  const both = (mse) => `${voice.mse(mse)} · ${voice.grey(mse)} ${voice.say("unit_grey")}`;
  const readings = trace.y.map((mse) => (Number.isFinite(mse) ? both(mse) : ""));
  return {
    ...trace, type: "scatter", name: voice.say(trace.name), customdata: readings,
    y: unit === "grey" ? trace.y.map((mse) => (Number.isFinite(mse) ? mse * GREY : null)) : trace.y,
    hovertemplate: `${voice.say(trace.name)}  %{customdata}<extra></extra>`,
  };
}

/** The horizontal lines that stand in view: [key of its words, MSE]. */
function linesInView(references, [low, high]) {
  const lines = [["line_average", references.average], ["line_pca", references.pca]];
  return lines.filter(([, mse]) => Number.isFinite(mse) && mse > low && mse < high);
}

function ruleAt([key, mse], factor, theme) {
  const strength = key === "line_pca" ? 0.55 : 0.3;
  return {
    type: "line", xref: "paper", x0: 0, x1: 1, y0: mse * factor, y1: mse * factor, layer: "below",
    line: { color: css(mix(theme.background, theme.text, strength)), width: 1 },
  };
}

/** Whether a line's name goes below it, because the next line's name needs the room above. */
function below([, mse], lines, [low, high]) {
  return lines.some(([, other]) => other > mse && (other - mse) / (high - low) < CLOSE);
}

function nameOf([key, mse], beneath, scale, factor, theme, voice) {
  return {
    text: `${voice.say(key)}  ${factor === 1 ? voice.mse(mse) : voice.grey(mse)}`,
    xref: "paper", x: 1, xanchor: "right", showarrow: false, borderpad: 1,
    yanchor: beneath ? "top" : "bottom", yshift: beneath ? -1 : 1,
    y: scale === "log" ? Math.log10(mse * factor) : mse * factor, // annotations, unlike shapes, count in powers of ten
    bgcolor: css(theme.background, 0.85), font: { size: 11, color: quiet(theme), family: theme.font },
  };
}

function epochAxis(last, theme, voice) {
  const font = { size: 11, color: quiet(theme), family: theme.font };
  return {
    range: [0, last], nticks: 8, showgrid: false,
    title: { text: voice.say("axis_epoch"), font, standoff: 4 },
    unifiedhovertitle: { text: voice.say("hover_epoch", { epoch: "%{x:.2f}" }) },
  };
}

/** The epoch at the right edge: of a long training what is trained so far has the left half, in round steps. */
function lastOnAxis(state) {
  const whole = state.run?.epochs ?? 1;
  const trained = state.points.at(-1)?.[0] ?? 0;
  const shown = Math.max(SHORT, ceilingTo(2 * trained));
  return 1.012 * (shown < whole / 2 ? shown : whole);
}

/** The next of 1, 2, 5, 10, 20, 50 … */
function ceilingTo(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return power * [1, 2, 5, 10].find((step) => value <= step * power);
}
