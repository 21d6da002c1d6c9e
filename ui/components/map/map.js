// The latent map, drawn from data alone: mounted by the app's page and by the exported one.

import { element, setText } from "../shared/element.js";
import { createExplorer } from "./explorer.js";
import { loadPlotly } from "./plotly_script.js";
import { addressOf, createView, debounced, rangesOf } from "./view.js";
import { voiceOf } from "./voice.js";
import { loadWorld } from "./world.js";

const SETTLED = 300; // milliseconds before the address learns of a change
const NOTICED = 8000; // milliseconds that a passing trouble stays on the screen

/**
 * data: {urls, words, lang, plotly, view?, projections?, height?, measure?};
 * actions: {view?(address), asked?({axes}): other axes, whose data are at other URLs}.
 * Returns {update(data), destroy()}. Other URLs or another language start anew, and only then data.view counts again.
 */
export function mount(root, data, actions = {}) {
  let open = openMap(root, data, actions);
  return {
    update(next) {
      if (identity(next) !== identity(data)) {
        open.destroy();
        open = openMap(root, next, actions);
      } else {
        open.size(next.height);
      }
      data = next;
    },
    destroy: () => open.destroy(),
  };
}

function identity({ urls, words, lang, plotly, axes }) {
  return JSON.stringify([urls, words, lang, plotly, axes]);
}

function openMap(root, data, actions) {
  const voice = voiceOf(data.words, data.lang);
  const view = createView(data.view);
  const parts = skeleton(voice);
  let explorer = null;
  let gone = false;

  root.append(parts.frame);
  size(data.height);
  let window = rangesOf(data.view);
  const tell = debounced(SETTLED, () => actions.view?.(addressOf(view.state, window)));
  view.listen(tell);

  function moved(ranges) {
    window = ranges && { x: ranges.x, y: ranges.y };
    tell();
  }

  function failed(error) {
    console.error(error);
    setText(parts.status, voice.say("part_not_loaded"));
    setTimeout(() => setText(parts.status, ""), NOTICED);
  }

  async function start() {
    const [Plotly, world] = await Promise.all([loadPlotly(data.plotly), loadWorld(data.urls)]);
    if (gone) return;
    explorer = createExplorer(parts, { Plotly, world, view, voice, data, window, moved, failed });
    place(parts, explorer);
    await explorer.start();
    setText(parts.status, "");
  }

  function size(height) {
    parts.stage.style.height = height ? `${Math.max(420, height)}px` : "";
  }

  const sizes = new ResizeObserver(() => explorer?.resize());
  sizes.observe(parts.stage);
  start().catch((error) => {
    console.error(error);
    setText(parts.status, voice.say("not_loaded"));
  });

  return {
    size,
    destroy() {
      gone = true;
      tell.cancel();
      sizes.disconnect();
      explorer?.destroy();
      parts.frame.remove();
    },
  };
}

function skeleton(voice) {
  const plot = element("div", {
    class: "lab-plane", "data-testid": "latent-map", tabindex: "0", role: "application", "aria-label": voice.say("map"),
  });
  const status = element("p", { class: "lab-status", role: "status" }, voice.say("loading"));
  const stage = element("div", { class: "lab-stage" }, plot, status);
  const frame = element("div", { class: "lab-map" }, stage);
  return { frame, stage, plot, status };
}

function place({ frame, stage, plot }, { toolbar, under, over, legend, table }) {
  frame.prepend(toolbar);
  plot.before(under);
  stage.append(...over);
  frame.append(legend, table);
}
