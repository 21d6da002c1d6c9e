// The contact sheet and the digit beside it. What is shown stands in the page's address, where the server reads it.

import { readTheme, watchTheme } from "../shared/colours.js";
import { element } from "../shared/element.js";
import { setMarked } from "../shared/term.js";
import { voiceOf } from "../shared/voice.js";
import { createDetail } from "./detail.js";
import { cardsIn } from "./fitting.js";
import { createGrid, pictureCount } from "./grid.js";
import { createToolbar } from "./toolbar.js";

const SETTLED = 300; // milliseconds without a change of size
const LEGEND = 32; // pixels under the cards
const NARROW = 700; // pixels: the digit stands under the sheet there, not beside it; a tapped one under its card

export const READS = {
  data: [
    "lang", "words", "view", "answered", "problem", "paged", "size", "most", "start", "total", "page", "pages", "counts",
    "cards", "detail", "scale", "worth", "judged_on", "held_out", "latent_dim", "pca_components",
    "denoises", "classes",
  ],
  "data.view": ["by", "of", "label", "index", "difference", "pca", "noisy"],
  "data.counts": ["all", "held_out", "training"],
  "data.cards": [
    "indices", "file_rows", "labels", "errors", "originals", "reconstructions", "pca", "pca_errors", "noisy", "denoised",
    "denoised_errors",
  ],
  "data.detail": [
    "index", "file_row", "label", "training", "error", "pca_error", "denoised_error", "percentile", "pictures", "noisy", "code", "low", "high", "average",
    "neighbours", "map_url",
  ],
  "data.detail.neighbours": ["indices", "labels", "images"],
};

/** data: Sheet in ui/components/descriptions.py; actions: {requested(changes of the address)}. */
export function mount(root, data, actions) {
  let sheet = openSheet(root, data, actions);
  return {
    update(next) {
      if (next.lang !== data.lang) {
        sheet.destroy();
        sheet = openSheet(root, next, actions);
      } else {
        sheet.show(next);
      }
      data = next;
    },
    destroy: () => sheet.destroy(),
  };
}

function openSheet(root, first, actions) {
  let data = first;
  let requestedSize = null; // cards a page, as the server was last told
  let number = first.answered; // of the last request
  let anchor = null; // the card that was tapped on a narrow screen: the digit opens under it
  let waiting = []; // requests without an answer yet: {number, changes}
  const voice = voiceOf(data.words, data.lang);
  const toolbar = createToolbar(voice, { ask, turn, draw });
  const grid = createGrid(voice, { open, turn });
  const detail = createDetail(voice, { open, back });
  const lead = element("p", { class: "lab-lead" });
  const body = element("div", { class: "lab-body" }, grid.element, detail.element);
  const frame = element("div", { class: "lab-reconstructions" }, lead, toolbar.element, body);
  root.replaceChildren(frame);

  function show(next) {
    data = next;
    waiting = waiting.filter((request) => request.number > data.answered);
    frame.dataset.theme = readTheme(frame).dark ? "dark" : "light";
    setMarked(lead, leadOf(data, voice), voice);
    toolbar.show(data);
    detail.show(data);
    grid.show(data);
    frame.dataset.digit = data.detail?.index ?? "";
    placeDetail();
    fit();
  }

  /**
   * Each request repeats the unanswered ones, since Streamlit may deliver only the last, and carries the number of cards
   * that fit, so that the answer fills the sheet.
   */
  function ask(changes) {
    waiting.push({ number: ++number, changes });
    actions.requested({ ...wanted(), fits: fits(), number });
  }

  function wanted() {
    return Object.assign({}, ...waiting.map(({ changes }) => changes));
  }

  function turn(pages) {
    const { start: from = data.start } = wanted();
    const start = (from ?? 0) + pages * data.size;
    if (start < data.total && start > -data.size) ask({ start: start > 0 ? start : null });
  }

  /** The place for it stands further down the page. */
  function draw() {
    const place = document.querySelector(".lab-own-digit");
    place?.scrollIntoView({ block: "start" });
    place?.querySelector("[tabindex]")?.focus({ preventScroll: true });
  }

  function open(index) {
    ask({ digit: index });
    if (frame.clientWidth >= NARROW) return;
    if (grid.cardOf(index)) anchor = index;
    placeDetail();
    const top = grid.cardOf(anchor) ?? detail.element;
    top.scrollIntoView({ block: "start" });
  }

  /** Under the tapped card, paler until it shows that digit; else after the sheet. */
  function placeDetail() {
    const card = frame.clientWidth < NARROW ? grid.cardOf(anchor) : null;
    if (card) grid.insertUnder(card, detail.element);
    else if (detail.element.parentElement !== body) body.append(detail.element);
    const asked = wanted().digit;
    detail.element.toggleAttribute("data-waiting", asked !== undefined && asked !== null && asked !== data.detail?.index);
  }

  /** The digit goes back to its place after the sheet, and the focus to the card. */
  function back() {
    const card = grid.cardOf(anchor);
    anchor = null;
    placeDetail();
    card?.focus({ preventScroll: true });
    card?.scrollIntoView({ block: "center" });
  }

  function fits() {
    const below = innerHeight - grid.cards.getBoundingClientRect().top - scrollTopOf(frame);
    const beside = frame.clientWidth < NARROW ? 0 : detail.element.clientHeight;
    const height = Math.max(below, beside) - LEGEND;
    return cardsIn({ width: grid.cards.clientWidth, pictures: pictureCount(data), height, most: data.most });
  }

  /** Requests another page size if more or fewer cards fit than the server assumed. */
  function fit() {
    grid.arrange();
    const wanted = fits();
    const full = !data.paged || wanted === data.size;
    frame.toggleAttribute("data-full", full);
    if (full || wanted === requestedSize) return;
    requestedSize = wanted; // once: a server that gives another size is not asked again and again
    ask({});
  }

  function retheme() {
    frame.dataset.theme = readTheme(frame).dark ? "dark" : "light";
    grid.redraw();
    detail.redraw();
    grid.show(data);
    placeDetail();
  }

  let ticket = null;
  const sizes = new ResizeObserver(() => {
    grid.arrange();
    placeDetail();
    clearTimeout(ticket);
    ticket = setTimeout(fit, SETTLED);
  });
  show(data);
  sizes.observe(frame);
  const stopWatching = watchTheme(frame, retheme);
  return {
    show,
    destroy() {
      clearTimeout(ticket);
      sizes.disconnect();
      stopWatching();
      frame.remove();
    },
  };
}

function leadOf({ worth, held_out: heldOut, judged_on: count, latent_dim: d }, voice) {
  const values = { mse: voice.mse(worth), grey: voice.grey(worth), count: voice.integer(count) };
  const lead = voice.marked(d === 1 ? "lead_one" : "lead", { d: voice.integer(d) });
  return `${lead} ${voice.marked(heldOut ? "worth_held_out" : "worth_last", values)}.`;
}

/** How far the page is scrolled: subtracted, so that the number of cards does not depend on it. */
function scrollTopOf(node) {
  for (let parent = node.parentElement; parent; parent = parent.parentElement) {
    if (parent.scrollTop) return parent.scrollTop;
  }
  return 0;
}
