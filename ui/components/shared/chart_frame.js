// The axes and the frame of every chart, for Plotly. Pure.

import { css, mix } from "./colours.js";

/** A logarithmic or linear axis for losses from low to high, times `factor`; `scale`: "linear" or "log". */
export function lossAxis([low, high], scale, factor) {
  if (scale === "linear") return { type: "linear", range: [low * factor, high * factor], nticks: 6 };
  const tickvals = logTicks(low * factor, high * factor);
  return { type: "log", range: [Math.log10(low * factor), Math.log10(high * factor)], tickvals, tickmode: "array" };
}

/** What all axes have. */
export function axis(theme) {
  return {
    fixedrange: true, zeroline: false, showline: false, gridcolor: css(mix(theme.background, theme.text, 0.08)),
    tickfont: { size: 11, color: quiet(theme), family: theme.font }, exponentformat: "none", separatethousands: true,
    ticklabelstandoff: 4, // or the numbers of both axes touch at the origin
  };
}

/** Layout of a chart without its axes; `room`: pixels above it for marks. */
export function frame(theme, voice, room) {
  return {
    margin: { l: 48, r: 8, t: 8 + room, b: 36 }, showlegend: false, autosize: true,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: theme.font, color: css(theme.text) },
    separators: voice.separators, hovermode: "x unified", dragmode: false,
    hoverlabel: {
      bgcolor: css(mix(theme.background, theme.surface, 0.6)), bordercolor: css(theme.border), namelength: -1,
      font: { size: 12, color: css(theme.text), family: theme.font },
    },
  };
}

/** The colour of what stands back. */
export function quiet(theme) {
  return css(mix(theme.background, theme.text, 0.72));
}

/** Round values between low and high for a logarithmic axis: few enough to read, at least two where possible. */
export function logTicks(low, high) {
  for (const steps of [[1], [1, 3], [1, 2, 5], [1, 2, 3, 5, 7], [1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9]]) {
    const ticks = decades(low, high).flatMap((exponent) => steps.map((step) => Number(`${step}e${exponent}`)));
    const inside = ticks.filter((tick) => tick >= low && tick <= high);
    if (inside.length >= 4) return inside;
    if (steps.length === 11) return inside;
  }
  return [];
}

function decades(low, high) {
  const first = Math.floor(Math.log10(low));
  return Array.from({ length: Math.floor(Math.log10(high)) - first + 1 }, (_, index) => first + index);
}

/** The value cut to its first digit: 0.036 -> 0.03. */
export function floorTo(value) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return Math.floor(value / unit) * unit;
}
