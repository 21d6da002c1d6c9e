// The pictures of a selection on one canvas: a click, or the arrow keys and Enter, opens a digit.

import { css } from "../../shared/colours.js";
import { inkOnPaper, inkRamp, SIDE } from "../../shared/digits.js";
import { element, setText } from "../../shared/element.js";
import { cellAfter } from "../../shared/grid_keys.js";
import { imageOf, nameOf } from "../data/map_data.js";

const A_ROW = 10;

/** actions: {choose(row)}. -> [canvas, what is said of the digit that the keys have reached]. */
export function thumbnails(mapData, rows, voice, theme, actions) {
  const spoken = element("p", { class: "lab-unseen", "aria-live": "polite" });
  const canvas = element("canvas", {
    class: "lab-thumbnails", "data-testid": "thumbnails", tabindex: "0", role: "application",
    "aria-label": voice.say("thumbnails"), width: A_ROW * SIDE, height: Math.ceil(rows.length / A_ROW) * SIDE,
    click: (event) => choose(cellAt(canvas, event)),
    keydown: press,
    focus: () => reach(Math.max(0, at)),
    blur: () => draw(),
  });
  const ramp = inkRamp(theme);
  let at = -1; // the cell that the keys have reached

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = cellAfter(event.key, at, A_ROW, rows.length);
    if (next !== null) reach(next);
    else if (event.key === "Enter" || event.key === " ") choose(at);
    else return;
    event.preventDefault();
  }

  function reach(cell) {
    at = cell;
    const index = voice.integer(rows[at] + mapData.start);
    setText(spoken, voice.say("digit_title", { index, label: nameOf(mapData, rows[at]) }));
    draw(at);
  }

  function choose(cell) {
    if (rows[cell] !== undefined) actions.choose(rows[cell]);
  }

  /** The images may still be under way. */
  function draw(marked = -1) {
    if (!mapData.images) return;
    const brush = canvas.getContext("2d");
    rows.forEach((row, i) => {
      const image = new ImageData(inkOnPaper(imageOf(mapData, row), ramp), SIDE, SIDE);
      brush.putImageData(image, ...cornerOf(i));
    });
    if (marked < 0) return;
    const [x, y] = cornerOf(marked);
    brush.lineWidth = 2;
    brush.strokeStyle = css(theme.primary);
    brush.strokeRect(x + 1, y + 1, SIDE - 2, SIDE - 2);
  }

  mapData.load.images().then(() => draw(), () => {});
  return [canvas, spoken];
}

function cornerOf(cell) {
  return [(cell % A_ROW) * SIDE, Math.floor(cell / A_ROW) * SIDE];
}

function cellAt(canvas, { offsetX, offsetY }) {
  const side = canvas.clientWidth / A_ROW;
  return Math.floor(offsetY / side) * A_ROW + Math.floor(offsetX / side);
}
