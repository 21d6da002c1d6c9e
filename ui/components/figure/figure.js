// A chart that Python has put together: Plotly draws it in the theme's colours, as wide as its column.

import { css, mix, readTheme, watchTheme } from "../shared/colours.js";
import { element } from "../shared/element.js";
import { loadPlotly } from "../shared/plotly_script.js";
import { voiceOf } from "../shared/voice.js";

const CONFIG = { displayModeBar: false, responsive: true, doubleClick: false, showTips: false };

export const READS = { data: ["lang", "words", "plotly_url", "figure", "label"] };

/** data: Figure in ui/components/descriptions.py. */
export function mount(root, data) {
  const plot = element("div", { class: "lab-figure", role: "img" });
  const stopWatching = watchTheme(root, draw);
  let plotly = null;
  root.append(plot);
  loadPlotly(data.plotly_url).then(
    (loaded) => { plotly = loaded; draw(); },
    () => plot.append(voiceOf(data.words, data.lang).say("not_loaded")),
  );

  function draw() {
    if (!plotly || !root.isConnected) return;
    const { data: traces, layout } = JSON.parse(data.figure);
    plot.setAttribute("aria-label", data.label);
    plot.style.height = `${layout.height}px`; // no jump of the page when the chart comes
    plotly.react(plot, traces, themed(layout, readTheme(root), voiceOf(data.words, data.lang).separators), CONFIG);
  }

  return {
    update(next) {
      if (next.figure === data.figure && next.lang === data.lang) return;
      data = next;
      draw();
    },
    destroy() {
      stopWatching();
      plotly?.purge(plot);
    },
  };
}

/** The layout in the colours and the font of the page; what it says itself stays. */
function themed(layout, theme, separators) {
  const quiet = css(mix(theme.background, theme.text, 0.72));
  const axis = { gridcolor: css(mix(theme.background, theme.text, 0.08)), zeroline: false, tickcolor: quiet };
  const title = (given) => ({ ...given, font: { size: 12, color: quiet, ...given?.font }, standoff: 6 });
  const axes = Object.fromEntries(Object.entries(layout).filter(([name]) => /^[xy]axis/.test(name)).map(
    ([name, given]) => [name, { ...axis, tickfont: { size: 11, color: quiet }, automargin: true, ...given, title: title(given.title) }],
  ));
  return {
    ...layout, ...axes, template: undefined, autosize: true, separators, dragmode: false,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: theme.font, color: css(theme.text) },
    hoverlabel: {
      bgcolor: css(mix(theme.background, theme.surface, 0.6)), bordercolor: css(theme.border), namelength: -1,
      font: { size: 12, color: css(theme.text), family: theme.font },
    },
  };
}
