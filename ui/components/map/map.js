// The latent map, or a map of the pixels beside it: loads the data, then hands over to explorer.js.

import { element, setText } from "../shared/element.js";
import { SNAPSHOT_GONE } from "../shared/bundle.js";
import { createExplorer } from "./explorer.js";
import { loadPlotly } from "../shared/plotly_script.js";
import { addressOf, createView, debounced, windowOf } from "./data/view.js";
import { voiceOf } from "../shared/voice.js";
import { loadMapData } from "./data/map_data.js";

const SETTLED = 300; // milliseconds before the address learns of a change
const NOTICED = 8000; // milliseconds that the message about a part that failed stays
const RENEWALS = 2; // requests for a newer snapshot in a row: a server that cannot keep up gets no more of them

export const READS = {
  data: [
    "lang", "words", "plotly_url", "urls", "classes", "view", "projections", "beside", "link", "companion",
    "learning", "dataset",
  ],
  "data.urls": ["map", "images", "labels", "file_rows", "neighbours", "codes", "decoder", "encoder", "judged", "frames", "selections"],
  "data.view": [
    "colour", "digits", "axes", "beside", "label", "draw", "selection", "digit", "epoch", "equal", "pictures", "x0", "x1", "y0", "y1", "camera",
  ],
};

/**
 * data: Map in ui/components/descriptions.py.
 * actions: {view?(address): what the page's address is to say, requested?(changes)}. changes is one of
 *   {axes}: other axes,
 *   {beside}: another map beside this one,
 *   {moment: "now"}: the same map of the run's present weights.
 * Returns {update(data), destroy()}. If the URLs change, the map is rebuilt from data.view; choices that do not depend on
 * the axes are kept. If only the language or the snapshot changes, all choices are kept.
 */
export function mount(root, data, actions = {}) {
  const renewals = { left: RENEWALS };
  let open = openMap(root, data, actions, renewals);
  return {
    update(next) {
      if (identity(next) !== identity(data)) {
        const kept = open.destroy({ samePlaces: axesOf(next) === axesOf(data) });
        open = openMap(root, next, actions, renewals, kept);
      }
      data = next;
    },
    destroy: () => open.destroy(),
  };
}

function identity({ urls, words, lang }) {
  return JSON.stringify([urls, words, lang]);
}

/** The URLs without the snapshot id: equal for two maps on the same axes. */
function axesOf({ urls }) {
  return JSON.stringify(urls).replaceAll(/at=[^&"]*/g, "");
}

/**
 * renewals: {left}, how often the server may still be asked for a newer snapshot before one has been loaded in full.
 * kept: what to take over from the map that stood here before: {look: part of its view's state, window, focus}.
 */
function openMap(root, data, actions, renewals, kept = {}) {
  const voice = voiceOf(data.words, data.lang);
  const told = data.companion ? {} : actions; // only the main map changes the page's address
  const view = createView({ ...data.view, ...kept.look }, data.classes.length);
  const parts = skeleton(voice, data.companion);
  let explorer = null;
  let destroyed = false;
  let renewing = false;
  let noticed = null; // timer: how long a failure stays to be read

  root.append(parts.frame);
  let window = "window" in kept ? kept.window : windowOf(data.view);
  const tell = debounced(SETTLED, () => told.view?.(addressOf(view.state, window)));
  view.listen(tell);
  view.listen((state, changed) => "axes" in changed && leaveFor(state.axes));
  view.listen(({ beside }, changed) => "beside" in changed && told.requested?.({ beside }));

  /** Other axes: the window and the epoch of the replay leave the address before the server is asked for the new map. */
  function leaveFor(axes) {
    window = null;
    tell.cancel();
    told.view?.(addressOf({ ...view.state, epoch: null }, null));
    told.requested?.({ axes });
  }

  function moved(to) {
    window = to;
    tell();
  }

  function failed(error) {
    if (isSnapshotGone(error)) return true;
    console.error(error);
    setText(parts.status, voice.say("part_not_loaded"));
    clearTimeout(noticed);
    noticed = setTimeout(() => {
      if (parts.status.textContent === voice.say("part_not_loaded")) setText(parts.status, "");
    }, NOTICED);
    return false;
  }

  function isSnapshotGone({ status }) {
    if (status !== SNAPSHOT_GONE || !told.requested || (!renewing && !renewals.left)) return false;
    setText(parts.status, voice.say("learned_on"));
    if (!destroyed && !renewing) {
      renewals.left -= 1;
      told.requested({ moment: "now" });
    }
    renewing = true;
    return true;
  }

  function whole() {
    renewals.left = RENEWALS;
  }

  async function start() {
    const [Plotly, mapData] = await Promise.all([loadPlotly(data.plotly_url), loadMapData(data.urls, data.classes)]);
    if (destroyed) return;
    explorer = createExplorer(parts, { Plotly, mapData, view, voice, data, window, moved, failed, whole });
    place(parts, explorer, data.companion);
    await explorer.start();
    setText(parts.status, "");
    if (kept.look) tell(); // the rerun restored an older address: write ours again
    if (kept.focus) parts.frame.querySelector(`[data-testid="${kept.focus}"]`)?.focus();
  }

  const sizes = new ResizeObserver(() => explorer?.resize());
  sizes.observe(parts.stage);
  start().catch((error) => {
    if (isSnapshotGone(error)) return;
    console.error(error);
    setText(parts.status, voice.say("not_loaded"));
  });

  return {
    /** samePlaces: whether the next map shows the same codes on the same axes. */
    destroy({ samePlaces = false } = {}) {
      const { tool, ...state } = view.state; // a walk or a lasso under way is over
      state.digits = explorer?.digits() ?? state.digits;
      const { label, equal, numerals, pictures, blend, colour, digits, digit, draw, selection } = state;
      const look = samePlaces ? state : { label, equal, numerals, pictures, blend, colour, digits, digit, draw, selection };
      const focus = parts.frame.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
      destroyed = true;
      tell.cancel();
      sizes.disconnect();
      explorer?.destroy();
      parts.frame.remove();
      return samePlaces ? { look, window, focus } : { look, focus };
    },
  };
}

function skeleton(voice, companion) {
  const plot = element("div", {
    class: "lab-plane", "data-testid": companion ? "pixel-map" : "latent-map", tabindex: "0", role: "application",
    "aria-label": companion ?? voice.say("map"),
  });
  const status = element("p", { class: "lab-status", role: "status" }, voice.say("loading"));
  const stage = element("div", { class: "lab-stage" }, plot, status);
  const rows = element("div", { class: "lab-rows" }, stage);
  const frame = element("div", { class: companion ? "lab-map lab-companion" : "lab-map" }, rows);
  return { frame, rows, stage, plot, status };
}

function place({ rows, stage, plot }, { toolbar, under, over, legend, table }, companion) {
  plot.before(under);
  stage.append(...over);
  if (companion) return stage.append(element("h3", { class: "lab-title" }, companion));
  rows.prepend(toolbar);
  rows.append(legend, table);
}
