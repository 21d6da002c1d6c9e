// A chart that Python has put together: Plotly draws it in the theme's colours, as wide as its column.

import { axis, frame, quiet } from "../shared/chart_frame.js";
import { readTheme, watchTheme } from "../shared/colours.js";
import { element } from "../shared/element.js";
import { pictureButtons } from "../shared/picture/picture.js";
import { loadPlotly } from "../shared/plotly_script.js";
import { voiceOf } from "../shared/voice.js";

const CONFIG = { displayModeBar: false, responsive: true, doubleClick: false, showTips: false };

export const READS = { data: ["lang", "words", "plotly_url", "figure", "label"] };

/** data: Figure in ui/components/descriptions.py. */
export function mount(root, data) {
  const plot = element("div", { class: "lab-figure", role: "img" });
  const stopWatching = watchTheme(root, draw);
  let plotly = null;
  const buttons = element("div", { class: "lab-figure-picture" });
  root.append(plot, buttons);
  loadPlotly(data.plotly_url).then(
    (loaded) => { plotly = loaded; offer(); draw(); },
    () => plot.append(voiceOf(data.words, data.lang).say("not_loaded")),
  );

  /** Of the chart that is there, in the reader's language. */
  function offer() {
    const voice = voiceOf(data.words, data.lang);
    buttons.replaceChildren(pictureButtons(voice, () => {
      const { data: traces, layout } = JSON.parse(data.figure);
      const theme = readTheme(root);
      return { plotly, traces, layout: themed(layout, theme, voice), theme, name: "chart", title: data.label };
    }));
  }

  function draw() {
    if (!plotly || !root.isConnected) return;
    const { data: traces, layout } = JSON.parse(data.figure);
    plot.setAttribute("aria-label", data.label);
    plot.style.height = `${layout.height}px`; // no jump of the page when the chart comes
    plotly.react(plot, traces, themed(layout, readTheme(root), voiceOf(data.words, data.lang)), CONFIG);
  }

  return {
    update(next) {
      if (next.figure === data.figure && next.lang === data.lang) return;
      const other = next.lang !== data.lang;
      data = next;
      if (other && plotly) offer();
      draw();
    },
    destroy() {
      stopWatching();
      plotly?.purge(plot);
    },
  };
}

/** The layout in the colours and the font of the page; what it says itself stays. */
function themed(layout, theme, voice) {
  const font = { size: 12, color: quiet(theme) };
  const axes = Object.entries(layout).filter(([name]) => /^[xy]axis/.test(name)).map(
    ([name, given]) => [name, { ...axis(theme), automargin: true, ...given, title: { ...given.title, font, standoff: 6 } }]);
  return { ...frame(theme, voice, 0), hovermode: "closest", ...layout, ...Object.fromEntries(axes), template: undefined };
}
