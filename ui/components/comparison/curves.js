// The panel with the curves: Plotly, a legend by letters, and what the axes show.

import { choice } from "../shared/choice.js";
import { element, setText } from "../shared/element.js";
import { follow } from "../shared/follow.js";
import { LivePlot } from "../shared/live_plot.js";
import { pictureButtons } from "../shared/picture/picture.js";
import { curvesFigure } from "./curves_figure.js";
import { letterOf } from "./letter.js";

const SWITCHES = { // values and the keys of their words, by what they set
  along: { epochs: "epochs", seconds: "seconds" },
  of: { held_out: "held_out", training: "training" },
  scale: { linear: "linear", log: "log" },
};

export class Curves {
  #view = { along: "epochs", of: "held_out", scale: "linear" };
  #voice;
  #parts;
  #plot;
  #shown = null; // [runs, theme]

  constructor(data, voice) {
    this.#voice = voice;
    this.#parts = panel(voice, this.#view, () => this.#plot.draw(), () => this.#picture());
    this.element = this.#parts.element;
    const { plot, empty } = this.#parts;
    this.#plot = new LivePlot(plot, data.plotly_url, () => this.#figure(), () => {
      setText(empty, voice.say("not_loaded"));
      empty.hidden = false;
    });
  }

  show(runs, theme) {
    this.#shown = [runs, theme];
    this.#plot.drawSoon();
  }

  destroy() {
    this.#plot.destroy();
  }

  /** As `pictureButtons` wants it. */
  #picture() {
    const [{ drawn }, voice] = [this.#plot, this.#voice];
    return drawn && {
      ...drawn, theme: this.#shown[1], name: "curves", title: voice.say("curves"),
      axes: { x: voice.say(this.#view.along), y: `MSE, ${voice.say(this.#view.of)}` },
    };
  }

  #figure() {
    if (!this.#shown) return null;
    const figure = curvesFigure(...this.#shown, this.#view, this.#voice);
    this.#parts.plot.setAttribute("aria-label", figure.said);
    describe(this.#parts.legend, this.#shown[0], this.#voice);
    return figure;
  }
}

function panel(voice, view, changed, picture) {
  const plot = element("div", { class: "lab-plot", "data-testid": "curves", role: "img", "aria-label": voice.say("curves") });
  const empty = element("p", { class: "lab-empty", hidden: true });
  const legend = element("ul", { class: "lab-legend" });
  const switches = Object.entries(SWITCHES).map(([name, options]) => choice(voice, view, name, options, changed));
  const section = element("section", { class: "lab-panel" },
    element("div", { class: "lab-panel-head" }, element("h3", {}, voice.say("curves")), element("span", { class: "lab-switches" }, ...switches)),
    legend, element("div", { class: "lab-stage" }, plot, empty, pictureButtons(voice, picture)));
  return { element: section, plot, empty, legend };
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
