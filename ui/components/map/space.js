// Three latent dimensions: a scatter that turns. Plotly picks here; the card is the same.

import { css, mix } from "../shared/colours.js";
import { withMuted } from "./colourings.js";
import { within } from "./pointer.js";

const CONFIG = { displayModeBar: false, scrollZoom: true, responsive: false, showTips: false };
const EYE = { x: 1.25, y: 1.25, z: 1.25 }; // Plotly's own

/** The same handful of calls as the flat stage; pointed(i, point), left(), clicked(i): i counts in the scene. */
export function createSpace(Plotly, plot, { pointed, left, clicked }) {
  const look = { theme: null, titles: ["", "", ""], equal: false };
  let drawn = false;
  let pointer = { x: 0, y: 0 };

  // Plotly's hover over WebGL does not always say where the pointer is.
  const track = (event) => (pointer = within(plot, event));
  plot.addEventListener("pointermove", track, true);

  function listen() {
    plot.on("plotly_hover", ({ points: [point] }) => pointed(point.pointNumber, pointer));
    plot.on("plotly_unhover", left);
    plot.on("plotly_click", ({ points: [point] }) => clicked(point.pointNumber));
  }

  return {
    plot,
    look,
    draw(scene, scale, opacity) {
      Plotly.react(plot, [traceOf(scene, scale, opacity, look)], layoutOf(look), CONFIG);
      if (!drawn) listen();
      drawn = true;
    },
    relayout: () => undefined,
    restyle: (patch) => Plotly.restyle(plot, patch),
    ready: () => false, // nothing may be laid over a turning space
    resize: () => drawn && Plotly.Plots.resize(plot),
    reset: () => Plotly.relayout(plot, { "scene.camera.eye": EYE }),
    zoom: (factor) => Plotly.relayout(plot, { "scene.camera.eye": nearer(plot, factor) }),
    destroy() {
      plot.removeEventListener("pointermove", track, true);
      Plotly.purge(plot);
    },
  };
}

function nearer(plot, factor) {
  const { x, y, z } = plot._fullLayout.scene.camera.eye;
  return { x: x * factor, y: y * factor, z: z * factor };
}

function traceOf({ x, y, z, values }, scale, opacity, { theme }) {
  const muted = css(mix(theme.background, theme.text, 0.16));
  return {
    type: "scatter3d",
    mode: "markers",
    x,
    y,
    z,
    hoverinfo: "none",
    marker: {
      color: values,
      colorscale: withMuted(scale, muted),
      cmin: 0,
      cmax: 1,
      size: 1.6,
      opacity,
      line: { width: 0 },
    },
  };
}

function layoutOf({ theme, titles, equal }) {
  const quiet = { gridcolor: css(theme.text, 0.1), zeroline: false, showbackground: false, showspikes: false };
  const [xaxis, yaxis, zaxis] = titles.map((text) => ({ title: { text }, ...quiet }));
  return {
    scene: { xaxis, yaxis, zaxis, aspectmode: equal ? "data" : "cube" },
    uirevision: "kept",
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, color: css(mix(theme.background, theme.text, 0.65)) },
    hovermode: "closest",
    showlegend: false,
  };
}
