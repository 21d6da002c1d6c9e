// The label itself in the middle of its digits, so that colour is never alone; on the Train page's map it is the same.

import { apart, mediansOf } from "../../shared/names.js";

const SVG = "http://www.w3.org/2000/svg";
const SIZE = 14; // pixels

/** draw() where the digits are now; moving(scene, seen): where they are on their way, in pixels of the plot area. */
export function createNumerals({ mapData, view, figure, chart }) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "lab-numerals");
  svg.setAttribute("aria-hidden", "true");
  const texts = (mapData.labelled ? mapData.classes : []).map((name) => {
    const text = document.createElementNS(SVG, "text");
    text.textContent = name;
    return text;
  });
  svg.append(...texts);
  let known = { scene: null, places: [] };

  function places() {
    const scene = figure.scene();
    if (known.scene !== scene) known = { scene, places: middles(scene, [scene.x, scene.y, ...(scene.z ? [scene.z] : [])]) };
    return known.places;
  }

  /** Of the digits that have not stepped back. */
  function middles(scene, columns) {
    if (!texts.length) return [];
    const labels = scene.rows.subarray(scene.lit).map((row) => mapData.labels[row]);
    return mediansOf(columns.map((column) => column.subarray(scene.lit)), labels, texts.length);
  }

  function put(pixels) {
    svg.classList.toggle("lab-hidden", !view.state.numerals);
    const { left, top, width, height } = chart.area();
    svg.style.cssText = `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
    const there = pixels.map(([x, y]) => (Number.isFinite(x + y) ? [x, y] : null));
    apart(there, SIZE).forEach((place, label) => {
      texts[label].style.display = place ? "" : "none";
      if (place) texts[label].setAttribute("transform", `translate(${place[0].toFixed(1)} ${place[1].toFixed(1)})`);
    });
  }

  return {
    element: svg,
    draw() {
      if (!chart.ready() || !figure.scene()) return;
      const found = places();
      const column = (axis) => Float32Array.from(found, (place) => place[axis]);
      const { x, y } = chart.seen({ x: column(0), y: column(1), ...(mapData.k === 3 ? { z: column(2) } : {}) });
      put(found.map((_, label) => [x[label], y[label]]));
    },
    moving: (scene, { x, y }) => put(middles(scene, [x, y])),
  };
}
