// The loss while it falls: Plotly in a panel with a reading, a legend and two switches.

import { choice } from "../shared/choice.js";
import { readTheme } from "../shared/colours.js";
import { element, setText } from "../shared/element.js";
import { LivePlot } from "../shared/live_plot.js";
import { pictureButtons } from "../shared/picture/picture.js";
import { setMarked } from "../shared/term.js";
import { lossFigure, partColours } from "./loss_figure.js";
import { holdsOut, latestLoss } from "./protocol.js";

const MARKS_TOLD = 3; // of the chart's marks, the last ones, to those who cannot see it

export class LossChart {
  #view;
  #parts;
  #data;
  #voice;
  #plot;
  #state = null;

  constructor(data, voice) {
    this.#data = data;
    this.#voice = voice;
    this.#view = { scale: "linear", unit: isInParts(data) ? "parts" : "mse" };
    this.#parts = panel(voice, this.#view, isInParts(data), () => this.redraw(), () => this.#picture());
    this.element = this.#parts.element;
    const { plot, empty } = this.#parts;
    this.#plot = new LivePlot(plot, data.plotly_url, () => this.#figure(), () => setText(empty, voice.say("not_loaded")));
  }

  /** The newest state and data; drawn a little later where the last drawing is fresh. */
  show(state, data) {
    this.#state = state;
    this.#data = data;
    this.#plot.drawSoon();
  }

  redraw() {
    this.#plot.draw();
  }

  destroy() {
    this.#plot.destroy();
  }

  /** As `pictureButtons` wants it. */
  #picture() {
    const { drawn } = this.#plot;
    const voice = this.#voice;
    const unit = voice.say(`unit_${this.#view.unit}`);
    return drawn && {
      ...drawn, theme: readTheme(this.element), name: "loss", title: voice.say("loss"), axes: { x: voice.say("axis_epoch"), y: unit },
    };
  }

  #figure() {
    if (!this.#state) return null;
    const { pca_mse: pca, average_mse: average, course_losses: course, parts } = this.#data;
    const theme = readTheme(this.element);
    describe(this.#parts, this.#state, this.#data, this.#view, theme, this.#voice);
    return lossFigure(this.#state, { pca, average, course, parts }, this.#view, theme, this.#voice);
  }
}

/** `inParts`: whether the loss has other terms than the MSE, and can be looked at in parts; `picture`: for `pictureButtons`. */
function panel(voice, view, inParts, changed, picture) {
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
    element("div", { class: "lab-stage" }, plot, empty, pictureButtons(voice, picture)));
  return { element: section, legend, plot, empty };
}

function isInParts({ parts }) {
  return Object.keys(parts).length > 0;
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
