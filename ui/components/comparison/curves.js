// The panel with the curves: Plotly, a legend by letters, and what the axes show.

import { element, setText } from "../shared/element.js";
import { follow } from "../shared/follow.js";
import { loadPlotly } from "../shared/plotly_script.js";
import { curvesFigure } from "./curves_figure.js";
import { letterOf } from "./letter.js";

const LEAST_MS = 250; // between two drawings
const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false, showTips: false };
const SWITCHES = { along: ["epochs", "seconds"], of: ["held_out", "training"], scale: ["linear", "log"] };

export class Curves {
  #view = { along: "epochs", of: "held_out", scale: "linear" };
  #voice;
  #plot;
  #empty;
  #legend;
  #plotly = null;
  #shown = null; // [runs, theme]
  #timer = null;
  #drawnAt = -LEAST_MS;
  #sizes;

  constructor(data, voice, changed) {
    this.#voice = voice;
    this.#plot = element("div", { class: "lab-plot", "data-testid": "curves", role: "img", "aria-label": voice.say("curves") });
    this.#empty = element("p", { class: "lab-empty", hidden: true });
    this.#legend = element("ul", { class: "lab-legend" });
    const switches = Object.entries(SWITCHES).map(([name, options]) => choice(voice, this.#view, name, options, changed));
    this.element = element("section", { class: "lab-panel" },
      element("div", { class: "lab-panel-head" }, element("h3", {}, voice.say("curves")), element("span", { class: "lab-switches" }, ...switches)),
      this.#legend, element("div", { class: "lab-stage" }, this.#plot, this.#empty));
    this.#sizes = new ResizeObserver(() => this.#plot.data && this.element.isConnected && this.#plotly.Plots.resize(this.#plot));
    this.#sizes.observe(this.#plot);
    loadPlotly(data.plotly_url).then((plotly) => { this.#plotly = plotly; this.#draw(); },
      () => { setText(this.#empty, voice.say("not_loaded")); this.#empty.hidden = false; });
  }

  show(runs, theme) {
    this.#shown = [runs, theme];
    const wait = Math.max(0, this.#drawnAt + LEAST_MS - performance.now());
    this.#timer ??= setTimeout(() => requestAnimationFrame(() => this.#draw()), wait);
  }

  destroy() {
    clearTimeout(this.#timer);
    this.#sizes.disconnect();
    if (this.#plot.data) this.#plotly.purge(this.#plot);
  }

  #draw() {
    this.#timer = null;
    if (!this.#shown || !this.#plotly || !this.element.isConnected) return;
    this.#drawnAt = performance.now();
    const { traces, layout, said } = curvesFigure(...this.#shown, this.#view, this.#voice);
    this.#plotly.react(this.#plot, traces, layout, CONFIG);
    this.#plot.setAttribute("aria-label", said);
    describe(this.#legend, this.#shown[0], this.#voice);
  }
}

/** A run a line: its letter, its title and how it stands. */
function describe(legend, runs, voice) {
  const said = runs.map(({ letter, title, state, refused }) => [letter, title, refused ?? standing(state, voice)].join());
  if (legend.dataset.said === said.join(";")) return;
  legend.dataset.said = said.join(";");
  legend.replaceChildren(...runs.map((run) => element("li", {}, letterOf(run),
    element("a", { href: run.page_url, click: follow }, run.title),
    element("span", { class: "lab-quiet" }, run.refused ?? standing(run.state, voice)))));
}

function standing({ run }, voice) {
  if (!run) return "";
  if (Number.isFinite(run.final_mse)) return voice.mse(run.final_mse);
  return voice.say("standing", { status: run.status_label, epoch: voice.epoch(run.epoch), epochs: voice.integer(run.epochs) });
}

function choice(voice, view, name, options, changed) {
  const buttons = options.map((value) => element("button", {
    type: "button", class: "lab-choice", "data-testid": `${name}-${value}`, "aria-pressed": String(view[name] === value),
    click: () => {
      view[name] = value;
      options.forEach((option, at) => buttons[at].setAttribute("aria-pressed", String(option === value)));
      changed();
    },
  }, voice.say(value)));
  return element("span", { class: "lab-choices", role: "group", "aria-label": voice.say(name) }, ...buttons);
}
