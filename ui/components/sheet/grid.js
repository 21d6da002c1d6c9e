// The cards: original | reconstruction | noisy | what is made of that | difference | PCA, with the error under each.

import { readTheme } from "../shared/colours.js";
import { element, setText } from "../shared/element.js";
import { cellAfter } from "../shared/grid_keys.js";
import { isLabelled } from "../shared/labels.js";
import { lookOf } from "../shared/shapes.js";
import { columnsIn, GAP, pictureSize } from "./fitting.js";
import { differencePicture, digitsOf, greyPicture, thinBar } from "./pictures.js";

/** actions: {open(index), turn(±1)}. */
export function createGrid(voice, actions) {
  const cards = element("div", { class: "lab-cards", "data-testid": "sheet", role: "group", keydown: press });
  const legend = element("p", { class: "lab-quiet" });
  let data = null;
  let shown = "";

  function show(next) {
    data = next;
    const wanted = JSON.stringify([next.cards, next.view.difference, next.scale]);
    if (wanted !== shown) draw();
    shown = wanted;
    markOpen(data.detail?.index);
    arrange();
  }

  function draw() {
    const focused = cards.contains(document.activeElement);
    cards.replaceChildren(...cardsOf(data, voice, readTheme(cards).background, open));
    const count = all().length;
    cards.setAttribute("aria-label", voice.say("sheet", { count: voice.integer(count) }));
    const key = data.held_out ? "legend" : "legend_last";
    setText(legend, count ? voice.say(key, { mse: voice.mse(data.scale) }) : "");
    if (focused) cards.firstElementChild?.focus({ preventScroll: true });
  }

  function open(index) {
    markOpen(index); // at once; the rest follows from the server
    actions.open(index);
  }

  /** One card is the way in for the Tab key: the open one, or the first. */
  function markOpen(index) {
    for (const card of all()) card.setAttribute("aria-pressed", String(Number(card.dataset.index) === index));
    const entrance = all().find((card) => card === document.activeElement) ?? cardOf(index) ?? all()[0];
    for (const card of all()) card.tabIndex = card === entrance ? 0 : -1;
  }

  function arrange() {
    if (!data) return;
    const pictures = pictureCount(data);
    cards.style.setProperty("--lab-columns", columnsIn(cards.clientWidth, pictures));
    cards.style.setProperty("--lab-picture", `${pictureSize(cards.clientWidth, pictures)}px`);
  }

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest(".lab-detail")) return; // the digit that is open in place
    const there = all();
    const columns = columnsIn(cards.clientWidth, pictureCount(data));
    const next = cellAfter(event.key, there.indexOf(document.activeElement), columns, there.length);
    const turned = { PageDown: 1, PageUp: -1 }[event.key];
    if (next === null && !turned) return;
    event.preventDefault();
    if (turned) return actions.turn(turned);
    there.forEach((card, i) => { card.tabIndex = i === next ? 0 : -1; });
    there[next].focus();
  }

  const all = () => [...cards.querySelectorAll(":scope > .lab-card")];
  const cardOf = (index) => all().find((card) => Number(card.dataset.index) === index);

  /** Puts an element under the row of a card. */
  function insertUnder(card, element) {
    const columns = columnsIn(cards.clientWidth, pictureCount(data));
    const there = all();
    const last = Math.min(there.length, (Math.floor(there.indexOf(card) / columns) + 1) * columns) - 1;
    if (there[last].nextElementSibling !== element) there[last].after(element);
  }

  cards.style.gap = `${GAP}px`;
  return {
    element: element("div", { class: "lab-grid" }, cards, legend), cards, show, arrange, cardOf, insertUnder, redraw: () => data && draw(),
  };
}

export function pictureCount({ view, cards }) {
  return 2 + 2 * Number(Boolean(cards.noisy)) + Number(view.difference) + Number(Boolean(cards.pca));
}

function cardsOf({ cards, scale, view, classes, pca_components: d }, voice, paper, open) {
  const [originals, reconstructions] = [cards.originals, cards.reconstructions].map(digitsOf);
  const [noisy, denoised, pca] = [cards.noisy, cards.denoised, cards.pca].map((pictures) => digitsOf(pictures ?? ""));
  return cards.indices.map((index, i) => {
    const [label, error] = [cards.labels[i], cards.errors[i]];
    const said = { index: voice.integer(index), label: classes[label], mse: voice.mse(error), grey: voice.grey(error) };
    const inFile = cards.file_rows ? ` ${voice.say("file_row", { row: voice.integer(cards.file_rows[i]) })}` : "";
    const name = `${voice.say("card", said)}${inFile}`;
    const parts = [
      part(greyPicture("original", originals[i]), labelMark(label, classes)),
      part(greyPicture("reconstruction", reconstructions[i]), errorMark(error, scale, voice)),
    ];
    if (noisy.length) {
      const mark = errorMark(cards.denoised_errors[i], scale, voice);
      parts.push(part(greyPicture("noisy", noisy[i]), "", voice.say("noisy")));
      parts.push(part(greyPicture("denoised", denoised[i]), mark, voice.say("denoised")));
    }
    if (view.difference) parts.push(part(differencePicture(originals[i], reconstructions[i], paper)));
    if (pca.length) {
      const mark = errorMark(cards.pca_errors[i], scale, voice, "lab-bar-pca");
      parts.push(part(greyPicture("pca", pca[i]), mark, voice.say("pca", { d })));
    }
    return element("button", {
      type: "button", class: "lab-card", "data-testid": "card", "data-index": index, "data-label": label,
      title: name, click: () => open(index), // its name is what it shows, the sentence describes it
    }, ...parts);
  });
}

function part(picture, mark = "", title = null) {
  return element("span", { class: "lab-part", title }, picture, mark);
}

/** The name of a label beside its mark; nothing where digits have none. */
export function labelMark(label, classes) {
  return isLabelled(classes) ? element("span", { class: "lab-label", style: lookOf(label) }, classes[label]) : "";
}

function errorMark(error, scale, voice, kind) {
  return element("span", { class: "lab-error" }, voice.mse(error), thinBar(error, scale, kind));
}
