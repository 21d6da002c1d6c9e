// Who is ahead: a table of runs that can be compared, by error or by neighbours.

import { element } from "../shared/element.js";
import { dimensions, ranking } from "./room.js";

const ROWS = 15;

export class Board {
  #voice;
  #parts;
  #by = "mse";
  #dim = null; // latent dimensions; null: the fewest there are
  #tiles = {};
  #shown = "";

  constructor(voice) {
    this.#voice = voice;
    const choices = element("div", { class: "lab-switches" });
    const body = element("tbody");
    this.#parts = { choices, body, table: element("table", { "data-testid": "board" }, body) };
    this.#parts.empty = element("p", { class: "lab-quiet" }, voice.say("board_none"));
    this.element = element("section", { class: "lab-panel lab-board" },
      element("h3", {}, voice.say("board")), choices, this.#parts.empty, this.#parts.table);
  }

  show(tiles) {
    this.#tiles = tiles;
    const dims = dimensions(tiles);
    const dim = dims.includes(this.#dim) ? this.#dim : dims[0];
    const rows = ranking(tiles, dim, this.#by).slice(0, ROWS);
    const shown = JSON.stringify([dims, dim, this.#by, rows.map((row) => [row.run, row.who, row.title, row[this.#by]])]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#parts.empty.hidden = rows.length > 0;
    this.#parts.choices.hidden = !dims.length;
    this.#parts.choices.replaceChildren(
      choices(["mse", "knn"], this.#by, (by) => this.#voice.say(`by_${by}`), (by) => { this.#by = by; }, this),
      choices(dims, dim, (d) => `${d}-D`, (d) => { this.#dim = d; }, this));
    this.#parts.body.replaceChildren(...rows.map((row) => line(row, this.#written(row), this.#voice)));
  }

  refresh() {
    this.show(this.#tiles);
  }

  #written(row) {
    return this.#by === "mse" ? this.#voice.mse(row.mse) : this.#voice.percent(row.knn);
  }
}

/** One row: place, who, what, and the figure; the name leads to the map. */
export function line(row, figure, voice) {
  return element("tr", { "data-run": row.run },
    element("td", { class: "lab-place" }, String(row.place)),
    element("td", {}, element("a", { href: row.map_url, target: "_blank", rel: "noopener" }, row.who || voice.say("unnamed")),
      " ", element("span", { class: "lab-quiet" }, row.title ?? "")),
    element("td", { class: "lab-figure" }, figure));
}

function choices(values, chosen, written, choose, board) {
  return element("span", { class: "lab-choices" }, ...values.map((value) => element("button", {
    type: "button", class: "lab-choice", "aria-pressed": String(value === chosen),
    click: () => { choose(value); board.refresh(); },
  }, written(value))));
}
