// The panel that slides in at the right: a selection, or one digit and its neighbours.

import { colourOf } from "../../shared/colours.js";
import { digitCanvas, drawDigit, inkRamp } from "../../shared/digits.js";
import { element, setText } from "../../shared/element.js";
import { setMarked } from "../../shared/term.js";
import { closeButton, toolButton } from "./buttons.js";
import { errorsByPart, labelCounts, selectionCsv } from "../data/selection_summary.js";
import { spreadWords } from "./card.js";
import { priorParts } from "./prior.js";
import { thumbnails } from "./thumbnails.js";
import { namesByDigit } from "../data/named_selections.js";
import { namingParts } from "./naming.js";
import { codeColumns, codeOf, decode, fileRowOf, imageOf, nameOf, spreadOf } from "../data/map_data.js";

const THUMBNAILS = 200;

/**
 * actions: {choose(row), close(), open(id): a named selection, null: none}; theme(): colours of the page now; live(): whether the
 * map shows the final weights, not another epoch of a replay (the panel's numbers are always theirs). When it closes, its
 * keyboard focus goes to the map.
 */
export function createSidePanel(lab, actions) {
  const { mapData, voice, theme, live, chart } = lab;
  const body = element("div", { class: "lab-sheet-body" });
  const close = closeButton(voice.say("close"), actions.close);
  const spoken = element("p", { class: "lab-unseen", "aria-live": "polite" });
  const sheet = element("aside", { class: "lab-sheet", tabindex: "-1", hidden: true, keydown: escape }, close, body);

  function show(testid, title, ...children) {
    const inside = sheet.contains(document.activeElement);
    const past = live() ? [] : [element("p", { class: "lab-past" }, voice.say("as_at_the_end"))];
    sheet.hidden = false;
    sheet.dataset.testid = testid;
    sheet.setAttribute("aria-label", title);
    body.replaceChildren(element("h3", {}, title), ...past, ...children);
    body.scrollTop = 0;
    setText(spoken, voice.say("panel_open", { title }));
    if (inside) sheet.focus({ preventScroll: true }); // the button that was pressed has been replaced
  }

  function hide() {
    if (sheet.contains(document.activeElement)) chart.plot.focus({ preventScroll: true });
    sheet.hidden = true;
    setText(spoken, "");
  }

  function escape(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    actions.close();
  }

  return {
    element: sheet,
    spoken,
    hide,
    /** Where it lies over the map, in pixels. */
    box: () => ({ left: sheet.offsetLeft, top: sheet.offsetTop, width: sheet.offsetWidth, height: sheet.offsetHeight }),
    /** named: the selection as its owner has named it, of which the rows are on this map; or null. */
    selection(rows, named = null) {
      const count = voice.say("selected_count", { count: voice.integer(rows.length) });
      const said = named ? [element("p", { "data-testid": "selection-count" }, countOf(rows, named, voice))] : [];
      show("selection", named?.name ?? count, ...said, ...selectionParts(lab, rows, named, actions));
    },
    /** New digits, of codes drawn from the prior: see prior.js. */
    prior(shown) {
      show("prior", voice.say("prior"), ...priorParts(mapData, voice, theme(), shown));
    },
    focus: () => sheet.focus({ preventScroll: true }),
    /** Where a digit is drawn; `desk` is an element. */
    drawing(desk) {
      show("drawing-sheet", voice.say("draw_title"), desk, ...(mapData.plane ? [] : [element("p", {}, voice.say("draw_amid"))]));
    },
    digit(row, neighbours) {
      const title = voice.say("digit_title", { index: voice.integer(row + mapData.start), label: nameOf(mapData, row) });
      show("digit-sheet", title, ...digitParts(mapData, voice, theme(), row, neighbours, actions));
    },
  };
}

function countOf(rows, { digits }, voice) {
  const [count, all] = [rows.length, digits.length].map(voice.integer);
  return rows.length < digits.length ? voice.say("selected_part", { count, all }) : voice.say("selected_count", { count });
}

function selectionParts(lab, rows, named, actions) {
  const { mapData, voice } = lab;
  const naming = () => namingParts(lab, rows.map((row) => row + mapData.start), named, actions.open);
  if (!rows.length) return [...(named ? naming() : [element("p", {}, voice.say("selected_none"))])];
  const first = rows.slice(0, THUMBNAILS);
  return [
    ...naming(),
    ...errorsByPart(rows, mapData.errors, mapData.trainingRows).map((part) => setMarked(element("p"), errorWords(part, voice), voice)),
    toolButton("csv", voice.say("download_csv"), () => download(lab, rows), { class: "lab-tool lab-download" }),
    ...(mapData.labelled ? labelsOf(mapData, rows, voice) : []),
    element("h4", {}, voice.say("selected_first", { count: voice.integer(first.length) })),
    ...thumbnails(mapData, first, voice, lab.theme(), actions),
  ];
}

function labelsOf(mapData, rows, voice) {
  const counts = labelCounts(rows, mapData.labels, mapData.classes.length);
  return [element("h4", {}, voice.say("selected_labels")), histogram(counts, mapData.classes, voice)];
}

function errorWords({ part, count, error }, voice) {
  const digits = voice.say(`selected_${part}`, { count: voice.integer(count) });
  return voice.marked("selected_error", { digits, mse: voice.mse(error), grey: voice.grey(error) });
}

function histogram(counts, classes, voice) {
  const most = Math.max(...counts);
  const bars = counts.map((count, label) => element("li", {},
    element("b", {}, classes[label]),
    element("i", { style: `width:${(100 * count) / most}%;background:${colourOf(label)}` }),
    element("span", {}, voice.integer(count))));
  return element("ol", { class: "lab-histogram", "data-testid": "label-histogram" }, ...bars);
}

function digitParts(mapData, voice, theme, row, neighbours, actions) {
  const mse = mapData.errors[row];
  const part = voice.say(row < mapData.trainingRows ? "part_training" : "part_held_out");
  const error = voice.marked("digit_error", { mse: voice.mse(mse), grey: voice.grey(mse), part });
  const spread = spreadWords(spreadOf(mapData, row), voice);
  return [
    setMarked(element("p"), error, voice),
    ...(mapData.load.fileRows.offered ? [fileRow(mapData, row, voice)] : []),
    ...(spread ? [element("p", {}, spread)] : []),
    element("div", { class: "lab-pair" }, ...pair(mapData, voice, row, theme)),
    setMarked(element("h4"), voice.marked(codeColumns(mapData).exact ? "neighbours" : "neighbours_flat"), voice),
    element("div", { class: "lab-neighbours", "data-testid": "neighbours" },
      ...neighbours.map((other) => neighbourButton(mapData, voice, other, theme, actions))),
  ];
}

/** The number of a digit in its file, as soon as it is known. */
function fileRow(mapData, row, voice) {
  const line = element("p", { "data-testid": "file-row" });
  mapData.load.fileRows().then(() => setText(line, voice.say("file_row", { row: voice.integer(fileRowOf(mapData, row)) })), () => {});
  return line;
}

function pair(mapData, voice, row, theme) {
  const original = digitPicture(voice.say("original"), mapData, theme, () => imageOf(mapData, row), mapData.load.images);
  const code = () => codeOf(mapData, row);
  const made = digitPicture(voice.say("reconstruction"), mapData, theme, () => decode(mapData, code()), mapData.load.decoder);
  return [original, made];
}

function digitPicture(caption, mapData, theme, bytes, load) {
  const canvas = digitCanvas();
  const draw = () => bytes() && drawDigit(canvas, bytes(), inkRamp(theme));
  load().then(draw, () => {});
  return element("figure", {}, canvas, element("figcaption", {}, caption));
}

function neighbourButton(mapData, voice, row, theme, actions) {
  const canvas = digitCanvas();
  mapData.load.images().then(() => drawDigit(canvas, imageOf(mapData, row), inkRamp(theme)), () => {});
  const label = nameOf(mapData, row);
  const name = voice.say("neighbour", { index: voice.integer(row + mapData.start), label });
  return element("button", {
    type: "button", class: "lab-neighbour", title: name, "aria-label": name, "data-index": row + mapData.start,
    style: `--lab-digit-colour:${colourOf(mapData.labels[row])}`, click: () => actions.choose(row),
  }, canvas, ...(mapData.labelled ? [element("span", {}, label)] : []));
}

/** Waits for the full codes first if the map shows fewer dimensions. */
async function download({ mapData, named }, rows) {
  await named.load().catch(() => {});
  if (mapData.load.codes.offered && mapData.latentDim > mapData.k) await mapData.load.codes().catch(() => {});
  await mapData.load.fileRows().catch(() => {});
  const { columns, exact } = codeColumns(mapData);
  const indices = rows.map((row) => row + mapData.start);
  const text = selectionCsv(mapData, rows, columns, exact ? "code" : "axis", namesByDigit(named.all(), indices));
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  element("a", { href: url, download: "selection.csv" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
