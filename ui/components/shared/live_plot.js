// A Plotly chart that is drawn anew as its data come: no more often than is of use, and as wide as its place.

import { loadPlotly } from "./plotly_script.js";

const LEAST_MS = 250; // between two drawings: four a second look live and leave the processor alone
const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false, showTips: false };

export class LivePlot {
  #plot;
  #figure;
  #sizes;
  #plotly = null;
  #timer = null;
  #drawnAt = -LEAST_MS;

  /** plot: the element; figure() -> {traces, layout}, or null while there is none; notLoaded(): Plotly cannot be had. */
  constructor(plot, url, figure, notLoaded) {
    this.#plot = plot;
    this.#figure = figure;
    this.#sizes = new ResizeObserver(() => plot.data && plot.isConnected && this.#plotly.Plots.resize(plot));
    this.#sizes.observe(plot);
    loadPlotly(url).then((plotly) => { this.#plotly = plotly; this.draw(); }, notLoaded);
  }

  /** Draws a little later where the last drawing is fresh. */
  drawSoon() {
    const wait = Math.max(0, this.#drawnAt + LEAST_MS - performance.now());
    this.#timer ??= setTimeout(() => requestAnimationFrame(() => this.draw()), wait);
  }

  draw() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const figure = this.#plot.isConnected ? this.#figure() : null;
    if (!figure) return;
    this.#drawnAt = performance.now();
    this.#plotly?.react(this.#plot, figure.traces, figure.layout, CONFIG);
  }

  /** What is drawn, {plotly, traces, layout}; null while nothing is. */
  get drawn() {
    const figure = this.#plotly && this.#plot.isConnected ? this.#figure() : null;
    return figure && { plotly: this.#plotly, traces: figure.traces, layout: figure.layout };
  }

  destroy() {
    clearTimeout(this.#timer);
    this.#sizes.disconnect();
    if (this.#plot.data) this.#plotly.purge(this.#plot);
  }
}
