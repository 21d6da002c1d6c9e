// The digit card at the pointer: two pictures, what it is, how far off. Or one picture, decoded from empty space.

import { element, setText } from "../../shared/element.js";
import { placeCard } from "../data/geometry.js";
import { greyCanvas } from "../../shared/grey_canvas.js";
import { wearLook } from "../../shared/shapes.js";

const SHOWN = 4; // numbers of a spread
const ROOM = 16; // pixels around it: with less it is not shown

export function createCard(voice) {
  const original = greyCanvas("original");
  const reconstruction = greyCanvas("reconstruction");
  const title = element("strong", { class: "lab-card-title" });
  const detail = element("span", { class: "lab-card-detail" });
  const spread = element("span", { class: "lab-card-detail", "data-testid": "card-spread" });
  const first = picture(original, voice.say("original"));
  const second = picture(reconstruction, voice.say("reconstruction"));
  const card = element("div", { class: "lab-card", "data-testid": "digit-card", "aria-hidden": "true", hidden: true },
    element("div", { class: "lab-card-pictures" }, first, second),
    element("div", { class: "lab-card-text" }, title, detail, spread));

  return {
    element: card,
    /** point: pixels within the map; screen {left, top, width, height}: what the card must not leave. */
    show(content, point, screen) {
      card.hidden = false;
      card.dataset.kind = content.kind;
      setText(title, titleOf(content, voice));
      title.hidden = !title.textContent;
      setText(detail, detailOf(content, voice));
      setText(spread, spreadWords(content.spread, voice));
      spread.hidden = !content.spread;
      if (content.kind === "digit") describeDigit(card, content);
      else describePlace(card);
      fill(first, original, content.original);
      fill(second, reconstruction, content.reconstruction);
      move(card, point, screen);
    },
    hide: () => (card.hidden = true),
  };
}

/** "4", or "4 → 9?" where its neighbours on the map take it for another digit; "" where digits have no labels. */
export function titleOf(content, voice) {
  if (content.kind === "decoded") return voice.say("decoded_here");
  const { name, predictedName } = content;
  return isMistaken(content) ? voice.say("taken_for", { label: name, predicted: predictedName }) : name ?? "";
}

export function detailOf(content, voice) {
  if (content.kind === "decoded") return content.place.map(voice.code).join(" · ");
  const { index, fileRow = null, training, error } = content;
  const said = [voice.say(training ? "card_training" : "card_held_out", { index: voice.integer(index) })];
  if (fileRow !== null) said.push(voice.say("card_row", { row: voice.integer(fileRow) }));
  if (error !== null) said.push(voice.say("card_error", { error: voice.mse(error) }));
  return said.join(" · ");
}

/** "spread 0.12 · 0.30": of a variational network, how far around its mean a digit's code lies; "" of any other. */
export function spreadWords(spread, voice) {
  if (!spread) return "";
  const numbers = Array.from(spread.subarray(0, SHOWN), voice.code).join(" · ");
  return voice.say("card_spread", { numbers: spread.length > SHOWN ? `${numbers} …` : numbers });
}

/** The same in a sentence, for a screen reader. */
export function spoken(content, voice) {
  const { kind, name, predictedName, place } = content;
  if (kind === "decoded") return voice.say("spoken_decoded", { place: place.map(voice.code).join(", ") });
  const key = isMistaken(content) ? "spoken_mistaken" : "spoken_digit";
  const detail = [detailOf(content, voice), spreadWords(content.spread, voice)].filter(Boolean).join(" · ");
  return voice.say(key, { label: name, predicted: predictedName, detail });
}

function isMistaken({ label, predicted }) {
  return predicted !== null && predicted !== label;
}

function picture({ canvas }, caption) {
  return element("figure", { class: "lab-card-picture" }, canvas, element("figcaption", {}, caption));
}

function fill(figure, { draw }, bytes) {
  figure.hidden = !bytes;
  if (bytes) draw(bytes);
}

function describeDigit(card, { index, label }) {
  card.dataset.index = index;
  card.dataset.label = label;
  wearLook(card, label);
}

function describePlace(card) {
  delete card.dataset.index;
  delete card.dataset.label;
  card.style.removeProperty("--lab-digit-colour");
}

function move(card, point, screen) {
  const size = { width: card.offsetWidth, height: card.offsetHeight };
  card.hidden = size.width + ROOM > screen.width || size.height + ROOM > screen.height; // what it says is in the panel then
  const inside = { x: point.x - screen.left, y: point.y - screen.top };
  const { x, y } = placeCard(inside, size, screen);
  card.style.transform = `translate(${x + screen.left}px, ${y + screen.top}px)`;
}
