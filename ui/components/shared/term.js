// A word that explains itself where it stands: pointed at, focused or pressed, it shows a sentence. The sentences are those
// of ui/glossary.py; a sentence of a component marks such a word as [MSE](mse).

import { element, setText } from "./element.js";

const MARKED = /\[([^\]]+)\]\((\w+)\)/g;
const EDGE = 8; // CSS pixels between the card and the window's edge
let open = null; // {word, card, forget}: one card at a time

/** "mean [MSE](mse) of" -> [{text: "mean "}, {text: "MSE", key: "mse"}, {text: " of"}] */
export function partsOf(sentence) {
  const parts = [];
  let end = 0;
  for (const match of sentence.matchAll(MARKED)) {
    if (match.index > end) parts.push({ text: sentence.slice(end, match.index) });
    parts.push({ text: match[1], key: match[2] });
    end = match.index + match[0].length;
  }
  return end < sentence.length ? [...parts, { text: sentence.slice(end) }] : parts;
}

/** The left and top of a card at a word: below it, above where there is no room, never beyond the window's edges. */
export function placeOf(word, card, view) {
  const left = Math.max(EDGE, Math.min(word.left, view.width - card.width - EDGE));
  const below = word.bottom + 6;
  const fits = below + card.height + EDGE <= view.height;
  return { left, top: fits ? below : Math.max(EDGE, word.top - card.height - 6) };
}

/** Writes a sentence with marked words into a node, and returns the node; where only numbers have changed, an open card stays open. */
export function setMarked(node, sentence, voice) {
  const parts = partsOf(sentence);
  const shape = JSON.stringify(parts.map(({ key }) => key ?? null));
  if (node.dataset.shape !== shape) {
    node.dataset.shape = shape;
    if (open && node.contains(open.word)) hide(open.word, true);
    node.replaceChildren(...parts.map(({ key }) => (key ? term(key, voice) : element("span"))));
  }
  parts.forEach(({ text }, index) => setText(node.children[index], text));
  return node;
}

function term(key, voice) {
  const meaning = voice.say(`term_${key}`);
  const button = element("button", {
    type: "button", class: "lab-term", "data-testid": `term-${key}`, "aria-describedby": spoken(key, meaning),
    mouseenter: () => show(button, meaning), mouseleave: () => hide(button), focus: () => show(button, meaning),
    blur: () => hide(button), click: () => show(button, meaning), keydown: (event) => onKey(event, button),
  });
  return button;
}

/** The id of the sentence for those who hear the page: once in the document, however often the word stands there. */
function spoken(key, meaning) {
  const id = `lab-meaning-${key}`;
  if (!document.getElementById(id)) document.body.append(element("span", { id, hidden: true }));
  setText(document.getElementById(id), meaning);
  return id;
}

function onKey(event, button) {
  if (event.key !== "Escape" || open?.word !== button) return;
  hide(button, true);
  event.stopPropagation();
}

function show(word, meaning) {
  if (open?.word === word) return;
  hide(open?.word, true);
  const card = element("div", { class: "lab-term-card", "data-testid": "term-card", "aria-hidden": "true" }, meaning);
  (word.closest(".lab-root") ?? document.body).append(card); // where the theme's colours are, and nothing cuts it off
  const { left, top } = placeOf(word.getBoundingClientRect(), card.getBoundingClientRect(),
    { width: document.documentElement.clientWidth, height: window.innerHeight });
  Object.assign(card.style, { left: `${left}px`, top: `${top}px` });
  const elsewhere = (event) => { if (!word.contains(event.target)) hide(word, true); };
  const gone = () => hide(word, true);
  document.addEventListener("pointerdown", elsewhere);
  document.addEventListener("scroll", gone, true);
  const forget = () => {
    document.removeEventListener("pointerdown", elsewhere);
    document.removeEventListener("scroll", gone, true);
  };
  open = { word, card, forget };
}

/** Where the pointer leaves a word that has the focus, its card stays. */
function hide(word, surely = false) {
  if (!open || open.word !== word) return;
  if (!surely && (document.activeElement === word || word.matches(":hover"))) return;
  open.card.remove();
  open.forget();
  open = null;
}
