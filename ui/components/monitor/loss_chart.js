// The loss while it falls: Plotly in a panel with a reading, a legend and two switches.

import { readTheme } from "../shared/colours.js";
import { element, setText } from "../shared/element.js";
import { loadPlotly } from "../shared/plotly_script.js";
import { setMarked } from "../shared/term.js";
import { lossFigure, partColours } from "./loss_figure.js";
import { holdsOut, latestLoss } from "./protocol.js";

const LEAST_MS = 250; // between two drawings: four a second look live and leave the processor alone
const MARKS_TOLD = 3; // of the chart's marks, the last ones, to those who cannot see it
const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false, showTips: false };

export class LossChart {
  #view;
  #parts;
  #data;
  #voice;
  #sizes;
  #plotly = null;
  #state = null;
  #timer = null;
  #drawnAt = -LEAST_MS;

  constructor(data, voice) {
    this.#data = data;
    this.#voice = voice;
    this.#view = { scale: "linear", unit: isInParts(data) ? "parts" : "mse" };
    this.#parts = panel(voice, this.#view, isInParts(data), () => this.redraw());
    this.element = this.#parts.element;
    this.#sizes = new ResizeObserver(() => this.#resize());
    this.#sizes.observe(this.#parts.plot);
    loadPlotly(data.plotly_url).then(
      (plotly) => { this.#plotly = plotly; this.redraw(); },
      () => setText(this.#parts.empty, voice.say("not_loaded")),
    );
  }

  /** The newest state and data; drawn a little later where the last drawing is fresh. */
  show(state, data) {
    this.#state = state;
    this.#data = data;
    const wait = Math.max(0, this.#drawnAt + LEAST_MS - performance.now());
    this.#timer ??= setTimeout(() => requestAnimationFrame(() => this.redraw()), wait);
  }

  redraw() {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#state || !this.element.isConnected) return;
    this.#drawnAt = performance.now();
    const { pca_mse: pca, average_mse: average, course_losses: course, parts } = this.#data;
    const theme = readTheme(this.element);
    describe(this.#parts, this.#state, this.#data, this.#view, theme, this.#voice);
    const { traces, layout } = lossFigure(this.#state, { pca, average, course, parts }, this.#view, theme, this.#voice);
    this.#plotly?.react(this.#parts.plot, traces, layout, CONFIG);
  }

  destroy() {
    clearTimeout(this.#timer);
    this.#sizes.disconnect();
    if (this.#parts.plot.data) this.#plotly.purge(this.#parts.plot);
  }

  #resize() {
    if (this.#parts.plot.data && this.element.isConnected) this.#plotly.Plots.resize(this.#parts.plot);
  }
}

/** `inParts`: whether the loss has other terms than the MSE, and can be looked at in parts. */
function panel(voice, view, inParts, changed) {
  const legend = element("span", { class: "lab-legend" });
  const empty = element("p", { class: "lab-empty" });
  const plot = element("div", { class: "lab-plot", "data-testid": "loss-chart", role: "img",
    "aria-label": voice.say("loss_none") });
  const switches = element("span", { class: "lab-switches" },
    choice(voice, view, "scale", { linear: "linear", log: "log" }, changed),
    choice(voice, view, "unit", { ...(inParts ? { parts: "unit_parts" } : {}), mse: "unit_mse", grey: "unit_grey" }, changed));
  const section = element("section", { class: "lab-panel lab-loss" },
    element("div", { class: "lab-panel-head" }, element("h3", {}, voice.say("loss")), switches),
    element("div", { class: "lab-panel-line" }, legend),
    element("div", { class: "lab-stage" }, plot, empty));
  return { element: section, legend, plot, empty };
}

function isInParts({ parts }) {
  return Object.keys(parts).length > 0;
}

/** A row of buttons of which one is pressed; `options` value -> key of its word. */
function choice(voice, view, name, options, changed) {
  const buttons = Object.entries(options).map(([value, key]) => element("button", {
    type: "button", class: "lab-choice", "data-testid": `${name}-${value}`,
    "aria-pressed": String(view[name] === value), click: () => press(value),
  }, voice.say(key)));
  function press(value) {
    view[name] = value;
    Object.keys(options).forEach((option, at) => buttons[at].setAttribute("aria-pressed", String(option === value)));
    changed();
  }
  return element("span", { class: "lab-choices", role: "group", "aria-label": voice.say(name) }, ...buttons);
}

/** The words around the curves: the legend, and what the chart shows for those who cannot see it. */
function describe(parts, state, data, view, theme, voice) {
  const latest = latestLoss(state);
  const curves = ["curve_training", holdsOut(state) === false ? [] : "curve_held_out"];
  const beside = [data.course_losses ? "curve_course" : [], data.pca_mse === null ? [] : "curve_pca"];
  if (view.unit === "parts") showParts(parts.legend, data.parts, theme, voice);
  else showLegend(parts.legend, [...curves, ...beside].flat(), voice);
  const said = latest && voice.say("loss_chart_label", { epochs: state.run?.epochs ?? 0, mse: voice.mse(latest.mse) });
  const marks = state.marks.slice(-MARKS_TOLD).map(({ text }) => text).join(" ");
  const told = marks && ` ${voice.say("loss_chart_marks", { marks })}`;
  parts.plot.setAttribute("aria-label", (said ?? voice.say("loss_none")) + told);
}

/** A coloured line and a name for each part; the loss itself first, where it has several. */
function showParts(legend, parts, theme, voice) {
  const colours = partColours(theme);
  const shown = [...Object.values(parts), ...colours].join();
  if (legend.dataset.curves === shown) return;
  legend.dataset.curves = shown;
  legend.replaceChildren(...Object.values(parts).map((name, at) => {
    const entry = element("span", { class: "lab-part" }, name);
    entry.style.setProperty("--lab-part", colours[at]);
    return entry;
  }), element("span", { class: "lab-curve_held_out" }, voice.say("curve_held_out")));
}

function showLegend(legend, curves, voice) {
  if (legend.dataset.curves === curves.join()) return;
  legend.dataset.curves = curves.join();
  legend.replaceChildren(...curves.map((key) => {
    const entry = element("span", { class: `lab-${key}` });
    setMarked(entry, voice.marked(key), voice);
    return entry;
  }));
}
