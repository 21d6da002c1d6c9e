// A chart as a picture to keep, PNG or SVG: with title, legend and axes, on paper in the colours of the page.

import { css } from "../colours.js";
import { element } from "../element.js";
import { save } from "../save.js";

const FORMATS = { png: "image/png", svg: "image/svg+xml" };
const [WIDTH, HEIGHT] = [960, 600];
const SCALE = 2; // pixels of a PNG for each of these
const LINE = 95; // letters of a title

/**
 * Two buttons. asked() -> null while nothing is drawn, else {plotly, traces, layout, theme, name: of the file,
 * title, axes: {x, y}: titles where the chart on the page has none}.
 */
export function pictureButtons(voice, asked) {
  async function take(format, button) {
    const drawn = asked();
    if (!drawn) return;
    try {
      const url = await drawn.plotly.toImage(pictureOf(drawn), { format, width: WIDTH, height: HEIGHT, scale: format === "png" ? SCALE : 1 });
      save({ name: `${drawn.name}.${format}`, blob: blobOf(url, FORMATS[format]) });
      button.removeAttribute("title");
    } catch {
      button.title = voice.say("picture_failed");
    }
  }

  return element("span", { class: "lab-picture", role: "group", "aria-label": voice.say("picture") },
    ...Object.keys(FORMATS).map((format) => element("button", {
      type: "button", "data-testid": `picture-${format}`, "aria-label": voice.say("picture_as", { format: format.toUpperCase() }),
      click: ({ currentTarget }) => take(format, currentTarget),
    }, format.toUpperCase())));
}

/** The figure as Plotly draws it for a picture: {data, layout}. Pure. */
export function pictureOf({ traces, layout, theme, title, axes = {} }) {
  const paper = css(theme.background);
  const named = traces.filter((trace) => trace.name && trace.showlegend !== false);
  const titled = (axis, text) => ({ ...axis, title: axis?.title?.text ? axis.title : { text, font: { size: 12 } }, automargin: true });
  return {
    data: traces,
    layout: {
      ...layout, autosize: false, width: WIDTH, height: HEIGHT, paper_bgcolor: paper, plot_bgcolor: paper,
      title: { text: wrapped(title), font: { size: 15 }, x: 0.02, xanchor: "left" },
      margin: { l: 72, r: 28, t: 76, b: 96 }, showlegend: named.length > 0,
      legend: { orientation: "h", x: 0, y: -0.16, yanchor: "top" },
      ...Object.fromEntries(Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key)).map(
        (key) => [key, titled(layout[key], /axis$/.test(key) ? axes[key[0]] ?? "" : "")])),
    },
  };
}

/** Lines of at most LINE letters; a title is text, no markup. */
function wrapped(title) {
  const lines = [""];
  for (const word of title.replaceAll("<", "‹").split(" ")) {
    if (lines.at(-1) && lines.at(-1).length + word.length > LINE) lines.push("");
    lines[lines.length - 1] += (lines.at(-1) ? " " : "") + word;
  }
  return lines.join("<br>");
}

/** What a data: URL holds; it is not fetched, since the page's security policy lets nothing be fetched from elsewhere. */
function blobOf(url, type) {
  const [head, body] = [url.slice(0, url.indexOf(",")), url.slice(url.indexOf(",") + 1)];
  if (!head.endsWith(";base64")) return new Blob([decodeURIComponent(body)], { type });
  return new Blob([Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0))], { type });
}
