// One run among many: its map, its loss, how far it is, and what the host may ask of it.

import { command } from "../shared/commands.js";
import { element, setText } from "../shared/element.js";
import { epochUnderWay } from "../shared/epochs.js";
import { icon } from "../shared/icons.js";
import { drawMiniMap, labelsAt } from "./mini_map.js";

const SIGNS = { pause: "pause", resume: "play", stop: "stop" };

export class Tile {
  #voice;
  #failed;
  #paper;
  #parts;
  #tile = null;
  #drawn = null;

  /** `failed` hears the sentence of a command that the server did not take; `paper` tells the background's colour. */
  constructor(voice, { failed, paper }) {
    this.#voice = voice;
    this.#paper = paper;
    this.#failed = failed;
    this.#parts = panel(voice, (action) => this.#ask(action));
    this.element = this.#parts.element;
  }

  show(tile) {
    if (tile === this.#tile) return;
    this.#tile = tile;
    describe(this.#parts, tile, this.#voice);
    for (const [action, button] of Object.entries(this.#parts.buttons)) button.hidden = !tile.commands.includes(action);
    if (tile.map !== this.#drawn) this.redraw();
  }

  async redraw() {
    const { map, labels_url: url, classes } = this.#tile;
    if (!map || !url) return; // without the data set there is nothing to colour by
    this.#drawn = map;
    const labels = await labelsAt(url).catch(() => null);
    if (labels && map === this.#drawn) drawMiniMap(this.#parts.canvas, map, labels, classes, this.#paper());
  }

  async #ask(action) {
    const buttons = Object.values(this.#parts.buttons);
    buttons.forEach((button) => { button.disabled = true; });
    const problem = await command(this.#tile.commands_url, { action }).catch(() => this.#voice.say("command_failed"));
    buttons.forEach((button) => { button.disabled = false; });
    this.#failed(problem ?? "");
  }
}

function panel(voice, ask) {
  const parts = {
    who: element("strong", { class: "lab-who" }),
    title: element("span", { class: "lab-quiet lab-title" }),
    canvas: element("canvas", { class: "lab-mini-map", role: "img", "data-testid": "mini-map" }),
    mse: element("span", { class: "lab-mse", "data-testid": "tile-mse" }),
    state: element("span", { class: "lab-quiet lab-state", "data-testid": "tile-state" }),
    filled: element("div", { class: "lab-bar-filled" }),
    buttons: Object.fromEntries(Object.entries(SIGNS).map(([action, sign]) => [action, element("button", {
      type: "button", class: "lab-small", "data-testid": action, title: voice.say(action), "aria-label": voice.say(action),
      hidden: true, click: () => ask(action),
    }, icon(sign))])),
  };
  parts.map = element("a", { class: "lab-map-link", target: "_blank", rel: "noopener", title: voice.say("open_map") },
    parts.canvas);
  parts.element = element("article", { class: "lab-tile", "data-testid": "tile" },
    element("header", {}, parts.who, parts.title),
    parts.map,
    element("div", { class: "lab-bar" }, parts.filled),
    element("footer", {},
      element("div", { class: "lab-tile-words" }, parts.mse, parts.state), ...Object.values(parts.buttons)));
  return parts;
}

function describe(parts, tile, voice) {
  parts.element.dataset.run = tile.run;
  parts.element.dataset.status = tile.status;
  setText(parts.who, tile.who || voice.say("unnamed"));
  parts.who.classList.toggle("lab-nobody", !tile.who);
  setText(parts.title, tile.title);
  parts.title.title = tile.title;
  parts.map.href = tile.map_url;
  parts.canvas.setAttribute("aria-label", voice.say("map_of", { who: tile.who || voice.say("unnamed"), title: tile.title }));
  setText(parts.mse, Number.isFinite(tile.mse) ? voice.mse(tile.mse) : "–");
  parts.mse.title = voice.say(tile.held_out ? "mse_held_out" : "mse_training");
  setText(parts.state, stateOf(tile, voice));
  parts.filled.style.transform = `scaleX(${Math.min(1, tile.epoch / tile.epochs)})`;
}

/** "epoch 3 of 12", "Waiting · place 4 · 6 s", "Finished · 88 %". */
function stateOf(tile, voice) {
  if (tile.status === "training") {
    return voice.say("epoch_of", { epoch: voice.integer(epochUnderWay(tile)), epochs: voice.integer(tile.epochs) });
  }
  return [
    tile.status_label,
    tile.place > 0 && voice.say("place", { place: voice.integer(tile.place) }),
    tile.place > 0 && tile.wait > 0 && voice.duration(tile.wait),
    Number.isFinite(tile.knn) && voice.say("knn", { share: voice.percent(tile.knn) }),
  ].filter(Boolean).join(" · ");
}
