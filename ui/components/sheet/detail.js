// One digit in full: pictures, error, code, neighbours.

import { readTheme } from "../shared/colours.js";
import { element } from "../shared/element.js";
import { isLabelled } from "../shared/labels.js";
import { shareOf } from "../shared/percentile.js";
import { lookOf } from "../shared/shapes.js";
import { labelMark } from "./grid.js";
import { differencePicture, digitsOf, greyPicture, thinBar } from "./pictures.js";

/** actions: {open(index), back()}: back to the sheet, where the digit stands among its cards. */
export function createDetail(voice, actions) {
  const section = element("aside", { class: "lab-detail", tabindex: "-1" });
  let data = null;
  let shown = "";

  function show(next) {
    data = next;
    const wanted = JSON.stringify([next.detail, next.scale]);
    if (wanted !== shown) draw();
    shown = wanted;
  }

  function draw() {
    const focused = section.contains(document.activeElement);
    section.hidden = !data.detail;
    section.dataset.testid = data.detail ? "detail" : "";
    section.dataset.index = data.detail?.index ?? "";
    if (!data.detail) return section.replaceChildren();
    section.replaceChildren(...partsOf(data, voice, readTheme(section).background, actions));
    if (focused) section.focus({ preventScroll: true });
  }

  return { element: section, show, redraw: () => data && draw() };
}

function partsOf(data, voice, paper, actions) {
  const { detail, classes } = data;
  const part = detail.training ? "part_training" : data.held_out ? "part_held_out" : "part_last";
  const look = { type: "button", class: "lab-tool lab-back", "data-testid": "back", click: actions.back };
  const back = element("button", look, `← ${voice.say("back")}`);
  const title = voice.say("digit_title", { index: voice.integer(detail.index), label: classes[detail.label] });
  return [
    back,
    element("h3", isLabelled(classes) ? { class: "lab-labelled", style: lookOf(detail.label) } : {}, title),
    element("p", { class: "lab-quiet" }, voice.say(part)),
    ...fileRow(detail, voice),
    pictures(data, voice, paper),
    ...errorParts(data, voice),
    element("h4", { title: voice.say("code_help") }, voice.say("code")),
    codeList(detail, voice),
    element("h4", { title: voice.say("neighbours_help") }, voice.say("neighbours")),
    neighbourList(detail.neighbours, classes, voice, actions),
    element("p", {}, element("a", { class: "lab-link", href: detail.map_url, "data-testid": "to-map" }, voice.say("to_map"), " →")),
  ];
}

function fileRow({ file_row: row }, voice) {
  if (row === null) return [];
  return [element("p", { class: "lab-quiet", "data-testid": "file-row" }, voice.say("file_row", { row: voice.integer(row) }))];
}

function pictures({ detail, pca_components: d }, voice, paper) {
  const [original, reconstruction, pca] = digitsOf(detail.pictures);
  const shown = [
    [greyPicture("original", original), voice.say("original")],
    [greyPicture("reconstruction", reconstruction), voice.say("reconstruction")],
    [differencePicture(original, reconstruction, paper), voice.say("difference"), voice.say("show_difference_help")],
  ];
  if (detail.noisy) {
    const [noisy, denoised] = digitsOf(detail.noisy);
    shown.splice(2, 0, [greyPicture("noisy", noisy), voice.say("noisy"), voice.say("show_noisy_help")],
      [greyPicture("denoised", denoised), voice.say("denoised")]);
  }
  if (pca) shown.push([greyPicture("pca", pca), voice.say("pca", { d }), voice.say("show_pca_help", { d })]);
  return element("div", { class: "lab-large" }, ...shown.map(([picture, caption, title]) => {
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", caption);
    return element("figure", { title: title ?? null }, picture, element("figcaption", {}, caption));
  }));
}

function errorParts({ detail, scale, held_out: heldOut, judged_on: judgedOn, pca_components: d }, voice) {
  const key = heldOut ? "percentile_held_out" : "percentile_last";
  const values = (error) => ({ mse: voice.mse(error), grey: voice.grey(error) });
  const parts = [
    element("h4", {}, voice.say("error")),
    element("p", { "data-testid": "digit-error" }, voice.say("error_value", values(detail.error))),
    thinBar(detail.error, scale),
  ];
  if (detail.denoised_error !== null) {
    parts.push(element("p", { "data-testid": "denoised-error" }, voice.say("denoised_value", values(detail.denoised_error))));
    parts.push(thinBar(detail.denoised_error, scale));
  }
  if (detail.pca_error !== null) {
    parts.push(element("p", { class: "lab-quiet" }, voice.say("pca_value", { d, ...values(detail.pca_error) })));
    parts.push(thinBar(detail.pca_error, scale, "lab-bar-pca"));
  }
  const said = voice.say(key, { share: shareOf(detail.percentile, voice), count: voice.integer(judgedOn) });
  return [...parts, element("p", { class: "lab-quiet", "data-testid": "percentile" }, said)];
}

function codeList({ code, low, high, average }, voice) {
  const rows = code.map((value, i) => {
    const [at, middle] = [value, average[i]].map((number) => placeOn(number, low[i], high[i]));
    const style = `left:${100 * Math.min(at, middle)}%;width:${100 * Math.abs(at - middle)}%`;
    return element("li", {},
      element("span", {}, voice.say("code_name", { n: i + 1 })),
      element("span", { class: "lab-bar lab-bar-code", "aria-hidden": "true" }, element("i", { style }),
        element("b", { style: `left:${100 * at}%` })),
      element("span", { class: "lab-value" }, voice.code(value)));
  });
  return element("ol", { class: `lab-code${code.length > 16 ? " lab-code-long" : ""}`, "data-testid": "code" }, ...rows);
}

/** Where a number lies between low and high: 0..1, what lies outside at the end. */
export function placeOn(number, low, high) {
  return high > low ? Math.min(1, Math.max(0, (number - low) / (high - low))) : 0.5;
}

function neighbourList({ indices, labels, images }, classes, voice, actions) {
  const digits = digitsOf(images);
  return element("div", { class: "lab-neighbours", "data-testid": "neighbours" }, ...indices.map((index, i) => {
    const name = voice.say("digit_title", { index: voice.integer(index), label: classes[labels[i]] });
    return element("button", {
      type: "button", class: "lab-neighbour", "data-index": index, "data-label": labels[i], title: name,
      "aria-label": name, click: () => actions.open(index),
    }, greyPicture("neighbour", digits[i]), labelMark(labels[i], classes));
  }));
}
