// The panel that slides in at the right: a selection, or one digit and its neighbours.

import { DIGIT_COLOURS } from "../shared/colours.js";
import { digitCanvas, drawDigit, inkOnPaper, inkRamp, SIDE } from "../shared/digits.js";
import { element } from "../shared/element.js";
import { closeButton, toolButton } from "./buttons.js";
import { selectionCsv, selectionStats } from "./selection.js";
import { codeColumns, codeOf, decode, imageOf } from "./world.js";

const THUMBNAILS = 200;
const A_ROW = 10;

/** actions: {choose(row), close()}; theme(): colours of the page now. */
export function createSheet({ world, voice, theme }, actions) {
  const body = element("div", { class: "lab-sheet-body" });
  const close = closeButton(voice.say("close"), actions.close);
  const sheet = element("aside", { class: "lab-sheet", hidden: true }, close, body);

  function show(testid, ...children) {
    sheet.hidden = false;
    sheet.dataset.testid = testid;
    body.replaceChildren(...children);
    body.scrollTop = 0;
  }

  return {
    element: sheet,
    hide: () => (sheet.hidden = true),
    selection: (rows) => show("selection", ...selectionParts(world, voice, theme(), rows, actions)),
    digit: (row, neighbours) => show("digit-sheet", ...digitParts(world, voice, theme(), row, neighbours, actions)),
  };
}

function selectionParts(world, voice, theme, rows, actions) {
  const title = element("h3", {}, voice.say("selected_count", { count: voice.integer(rows.length) }));
  if (!rows.length) return [title, element("p", {}, voice.say("selected_none"))];
  const { counts, meanError } = selectionStats(rows, world.labels, world.errors);
  const error = voice.say("selected_error", { mse: voice.mse(meanError), grey: voice.grey(meanError) });
  return [
    title,
    element("p", {}, error),
    toolButton("csv", voice.say("download_csv"), () => download(world, rows), { class: "lab-tool lab-download" }),
    element("h4", {}, voice.say("selected_labels")),
    histogram(counts, voice),
    element("h4", {}, voice.say("selected_first", { count: voice.integer(Math.min(rows.length, THUMBNAILS)) })),
    thumbnails(world, rows.slice(0, THUMBNAILS), theme, actions),
  ];
}

function histogram(counts, voice) {
  const most = Math.max(...counts);
  const bars = counts.map((count, label) => element("li", {},
    element("b", {}, String(label)),
    element("i", { style: `width:${(100 * count) / most}%;background:${DIGIT_COLOURS[label]}` }),
    element("span", {}, voice.integer(count))));
  return element("ol", { class: "lab-histogram", "data-testid": "label-histogram" }, ...bars);
}

/** One canvas for all; the pictures need the images, which may still be under way. */
function thumbnails(world, rows, theme, actions) {
  const height = Math.ceil(rows.length / A_ROW) * SIDE;
  const canvas = element("canvas", {
    class: "lab-thumbnails", "data-testid": "thumbnails", width: A_ROW * SIDE, height,
    click: (event) => {
      const column = Math.floor((event.offsetX / canvas.clientWidth) * A_ROW);
      const line = Math.floor((event.offsetY / canvas.clientWidth) * A_ROW);
      const row = rows[line * A_ROW + column];
      if (row !== undefined) actions.choose(row);
    },
  });
  world.load.images().then(() => drawThumbnails(canvas, world, rows, inkRamp(theme)), () => {});
  return canvas;
}

function drawThumbnails(canvas, world, rows, ramp) {
  const brush = canvas.getContext("2d");
  rows.forEach((row, i) => {
    const image = new ImageData(inkOnPaper(imageOf(world, row), ramp), SIDE, SIDE);
    brush.putImageData(image, (i % A_ROW) * SIDE, Math.floor(i / A_ROW) * SIDE);
  });
}

function digitParts(world, voice, theme, row, neighbours, actions) {
  const label = world.labels[row];
  const mse = world.errors[row];
  const part = voice.say(row < world.trainingRows ? "part_training" : "part_held_out");
  const error = voice.say("digit_error", { mse: voice.mse(mse), grey: voice.grey(mse), part });
  return [
    element("h3", {}, voice.say("digit_title", { index: voice.integer(row + world.start), label })),
    element("p", {}, error),
    element("div", { class: "lab-pair" }, ...pair(world, voice, row, theme)),
    element("h4", {}, voice.say(codeColumns(world).exact ? "neighbours" : "neighbours_flat")),
    element("div", { class: "lab-neighbours", "data-testid": "neighbours" },
      ...neighbours.map((other) => neighbourButton(world, voice, other, theme, actions))),
  ];
}

function pair(world, voice, row, theme) {
  const original = digitPicture(voice.say("original"), world, theme, () => imageOf(world, row), world.load.images);
  const code = () => codeOf(world, row);
  const made = digitPicture(voice.say("reconstruction"), world, theme, () => decode(world, code()), world.load.decoder);
  return [original, made];
}

function digitPicture(caption, world, theme, bytes, load) {
  const canvas = digitCanvas();
  const draw = () => bytes() && drawDigit(canvas, bytes(), inkRamp(theme));
  load().then(draw, () => {});
  return element("figure", {}, canvas, element("figcaption", {}, caption));
}

function neighbourButton(world, voice, row, theme, actions) {
  const canvas = digitCanvas();
  world.load.images().then(() => drawDigit(canvas, imageOf(world, row), inkRamp(theme)), () => {});
  const label = world.labels[row];
  const name = voice.say("neighbour", { index: voice.integer(row + world.start), label });
  return element("button", {
    type: "button", class: "lab-neighbour", title: name, "aria-label": name, "data-index": row + world.start,
    style: `--lab-digit-colour:${DIGIT_COLOURS[label]}`, click: () => actions.choose(row),
  }, canvas, element("span", {}, String(label)));
}

function download(world, rows) {
  const indices = rows.map((row) => row + world.start);
  const { columns, exact } = codeColumns(world);
  const text = selectionCsv(rows, world.labels, columns, world.errors, { indices, name: exact ? "code" : "axis" });
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  element("a", { href: url, download: "selection.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
