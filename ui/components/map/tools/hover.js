// What the pointer or the keyboard is at: shown on a card, and spoken by a live region where the keyboard chose it.

import { element } from "../../shared/element.js";
import { createCard, spoken } from "../panels/card.js";
import { contentOf } from "../data/target.js";
import { debounced } from "../data/view.js";

/** lab: {mapData, chart, voice, live(): whether the decoder belongs to what is drawn, covers(): elements over the map}. */
export function createHover(lab) {
  const { mapData, chart, voice } = lab;
  const card = createCard(voice);
  const speech = element("p", { class: "lab-unseen", "aria-live": "polite", "data-testid": "map-speech" });
  const ring = element("i", { class: "lab-pointed", "aria-hidden": "true", hidden: true });
  const say = debounced(250, (content) => (speech.textContent = spoken(content, voice)));
  let shown = null; // {target, point}
  let requested = false; // whether neighbours have been requested

  const hover = {
    elements: [ring, card.element, speech],
    say,
    target: () => shown?.target ?? null,
    /** point: {x, y} in pixels within the map. Returns the content, or null where there is nothing to show. */
    show(target, point) {
      const content = contentOf(mapData, target, lab.live());
      if (!content) return hover.hide();
      shown = { target, point };
      card.show(content, point, freePart(chart.plot, lab.covers()));
      if (content.kind === "digit") askNeighbours();
      hover.follow();
      return content;
    },
    hide() {
      if (!shown) return null;
      shown = null;
      card.hide();
      hover.follow();
      return null;
    },
    /** The ring around the digit, a layer of its own: a pointer that moves repaints nothing else of the map. */
    follow() {
      const digit = chart.ready() && shown?.target.kind === "digit";
      const point = digit ? chart.toPoint(shown.target.place) : null;
      ring.hidden = !point || !chart.toPlace(point);
      lab.linkedDigit.pointed(shown?.target ?? null);
      if (ring.hidden) return;
      const side = chart.sideAt(shown.target.place);
      ring.classList.toggle("lab-around", side > 0);
      ring.style.setProperty("--lab-side", `${side}px`);
      ring.style.transform = `translate(${point.x}px, ${point.y}px)`;
    },
    refresh: () => shown && hover.show(shown.target, shown.point),
    destroy: say.cancel,
  };

  /** "4 → 9?" needs the neighbours; the pictures come first. */
  function askNeighbours() {
    if (requested || !mapData.images) return;
    requested = true;
    mapData.load.neighbours().then(hover.refresh, () => {});
  }

  return hover;
}

/** The part of the map that is on the screen and under no panel or strip, in pixels from the map's corner. */
function freePart(plot, covers) {
  const box = plot.getBoundingClientRect();
  const screen = {
    left: Math.max(0, -box.left),
    top: Math.max(0, -box.top),
    right: Math.min(box.width, document.documentElement.clientWidth - box.left),
    bottom: Math.min(box.height, window.innerHeight - box.top),
  };
  for (const cover of covers.filter((each) => !each.hidden)) {
    if (cover.offsetLeft > box.width / 3) screen.right = Math.min(screen.right, cover.offsetLeft);
    else screen.bottom = Math.min(screen.bottom, cover.offsetTop);
  }
  const { left, top, right, bottom } = screen;
  return { left, top, width: right - left, height: bottom - top };
}
