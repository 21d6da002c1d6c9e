// The ten digits whose codes are nearest to that of a drawing: pictures that change while it is drawn.

import { colourOf } from "../colours.js";
import { element, setText } from "../element.js";
import { greyCanvas } from "../grey_canvas.js";
import { setMarked } from "../term.js";
import { mostFrequent, NEAREST } from "./reading.js";

/** choose(row): opens a digit; null where none can be opened. -> {element, show(rows or none, digits)}. */
export function createNeighbours(voice, choose) {
  const places = Array.from({ length: NEAREST }, () => placeFor(choose));
  const most = element("p", { class: "lab-drawing-quiet", "data-testid": "drawing-most" });
  const list = element("div", { class: "lab-nearest", "data-testid": "drawing-nearest" }, ...places.map(({ node }) => node));
  return {
    element: element("div", { class: "lab-drawing-near" }, setMarked(element("h4"), voice.marked("nearest"), voice), most, list),
    /** digits: {labels, nameOf(row), indexOf(row), imageOf(row) or null while the pictures are under way}. */
    show(rows, digits) {
      places.forEach((place, i) => fill(place, rows[i], digits, voice));
      setText(most, (rows.length && commonest(rows, digits, voice)) || "");
    },
  };
}

function placeFor(choose) {
  const place = { row: null, picture: greyCanvas("near"), label: element("span", {}) };
  place.picture.canvas.className = "lab-inked";
  const [tag, look] = choose ? ["button", { type: "button", click: () => place.row !== null && choose(place.row) }] : ["span", { role: "img" }];
  place.node = element(tag, { class: "lab-near", ...look }, place.picture.canvas, place.label);
  return place;
}

function fill(place, row, digits, voice) {
  place.node.classList.toggle("lab-none", row === undefined);
  place.row = row ?? null;
  if (row === undefined) return;
  const image = digits.imageOf(row);
  if (image) place.picture.draw(image);
  if (place.node.dataset.row === String(row)) return;
  place.node.dataset.row = row;
  place.node.dataset.index = digits.indexOf(row);
  const name = voice.say(digits.nameOf(row) ? "near" : "near_unlabelled", { index: voice.integer(digits.indexOf(row)), label: digits.nameOf(row) });
  place.node.title = name;
  place.node.setAttribute("aria-label", name);
  place.node.style.setProperty("--lab-digit-colour", colourOf(digits.labels[row]));
  setText(place.label, digits.nameOf(row) ?? "");
}

function commonest(rows, digits, voice) {
  const { label, count } = mostFrequent(rows, digits.labels);
  const name = digits.nameOf(rows.find((row) => digits.labels[row] === label));
  return name && voice.say("nearest_most", { count: voice.integer(count), of: voice.integer(rows.length), label: name });
}
