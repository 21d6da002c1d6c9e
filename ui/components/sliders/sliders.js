// Latent sliders: one for each code, and the digit that the decoder draws for them, in the browser.

import { colourOf, readTheme, watchTheme } from "../shared/colours.js";
import { element, setText } from "../shared/element.js";
import { fetchBundle, SNAPSHOT_GONE } from "../shared/bundle.js";
import { greyCanvas } from "../shared/grey_canvas.js";
import { isLabelled } from "../shared/labels.js";
import { makeDecoder } from "../shared/decoder.js";
import { voiceOf } from "../shared/voice.js";
import { createDials } from "./dials.js";

export const READS = {
  data: ["lang", "words", "decoder_url", "digit", "dimensions", "low", "high", "average", "by_label", "classes"],
  "data.digit": ["index", "label", "code"],
};

/**
 * data: Sliders in ui/components/descriptions.py.
 * actions: {requested?({moment: "now"}): the same sliders for the run's present weights}.
 */
export function mount(root, data, actions = {}) {
  let open = openSliders(root, data, actions);
  return {
    update(next) {
      if (identity(next) !== identity(data)) {
        open.destroy();
        open = openSliders(root, next, actions);
      } else {
        open.offer(next.digit);
      }
      data = next;
    },
    destroy: () => open.destroy(),
  };
}

function identity({ decoder_url: decoder, lang }) {
  return JSON.stringify([decoder, lang]);
}

function openSliders(root, data, actions) {
  const voice = voiceOf(data.words, data.lang);
  const dials = createDials(data);
  const picture = greyCanvas("decoded");
  const status = element("p", { class: "lab-status", role: "status" }, voice.say("loading"));
  const sliders = dials.dimensions.map((dimension) => createSlider(dials, dimension, voice, moved));
  const buttons = createButtons(voice, data.classes, { start, label, reset });
  let digit = null;
  let decoder = null;
  let destroyed = false;

  picture.canvas.setAttribute("role", "img");
  picture.canvas.setAttribute("aria-label", voice.say("decoded"));
  const frame = layout(voice, data, { picture: picture.canvas, status, sliders, buttons: buttons.element });
  root.replaceChildren(frame);

  function offer(next) {
    digit = next;
    buttons.offer(digit);
  }

  function start() {
    dials.digit(digit);
    show();
  }

  function label(label) {
    dials.label(label);
    show();
  }

  function reset() {
    dials.reset();
    show();
  }

  function moved() {
    draw();
    setText(status, whence(dials.origin, data.classes, voice));
  }

  function show() {
    for (const slider of sliders) slider.show();
    moved();
  }

  function draw() {
    if (decoder) picture.draw(decoder.decode(dials.code));
  }

  function retheme() {
    frame.dataset.theme = readTheme(frame).dark ? "dark" : "light";
  }

  async function load() {
    const bundle = await fetchBundle(data.decoder_url);
    if (destroyed) return;
    decoder = makeDecoder(bundle);
    frame.dataset.ready = "";
    show();
  }

  offer(data.digit);
  for (const slider of sliders) slider.show();
  retheme();
  const stopWatching = watchTheme(frame, retheme);
  load().catch((error) => {
    if (error.status === SNAPSHOT_GONE && actions.requested) return destroyed || actions.requested({ moment: "now" });
    console.error(error);
    setText(status, voice.say("not_loaded"));
  });
  return {
    offer,
    destroy() {
      destroyed = true;
      stopWatching();
      frame.remove();
    },
  };
}

function layout(voice, data, { picture, status, sliders, buttons }) {
  const more = data.average.length - sliders.length;
  return element("section", { class: "lab-sliders", "data-testid": "sliders", "aria-label": voice.say("sliders") },
    element("h3", {}, voice.say("title")),
    element("p", { class: "lab-quiet" }, voice.say("lead"), more > 0 ? ` ${voice.say("more", { count: voice.integer(more) })}` : ""),
    buttons,
    element("div", { class: "lab-turn" },
      element("div", { class: "lab-drawn" }, picture, status),
      element("ol", { class: sliders.length > 8 ? "lab-many" : "" }, ...sliders.map((slider) => slider.element))));
}

function createSlider(dials, dimension, voice, moved) {
  const { low, high, step, fixed } = dials.range(dimension);
  const name = voice.say("slider", { n: dimension + 1 });
  const value = element("span", { class: "lab-value" });
  const input = element("input", {
    type: "range", min: low, max: high, step: fixed ? "any" : step, disabled: fixed, "aria-label": name,
    "data-dimension": dimension,
    input: () => {
      dials.turn(dimension, Number(input.value));
      say();
      moved();
    },
  });

  function say() {
    const text = voice.code(dials.code[dimension]);
    setText(value, text);
    input.setAttribute("aria-valuetext", text);
  }

  return {
    element: element("li", { title: fixed ? voice.say("fixed") : null }, element("span", {}, name), input, value),
    show() {
      input.value = dials.code[dimension]; // beyond its ends it stays at the end; the code itself is exact
      say();
    },
  };
}

function createButtons(voice, classes, { start, label, reset }) {
  const from = element("button", { type: "button", class: "lab-tool", title: voice.say("start_help"), click: start });
  const labels = classes.map((shown, k) => {
    const name = voice.say("average_label", { label: shown });
    return element("button", {
      type: "button", class: "lab-tool lab-chip", style: `--lab-digit-colour:${colourOf(k)}`, "aria-label": name, title: name,
      "data-label": k, click: () => label(k),
    }, shown);
  });
  const back = element("button", {
    type: "button", class: "lab-tool", title: voice.say("reset_help"), click: reset,
  }, voice.say("reset"));
  return {
    element: element("div", { class: "lab-row" }, from,
      ...(isLabelled(classes) ? [element("div", { class: "lab-labels", role: "group", "aria-label": voice.say("average_of") },
        element("span", { class: "lab-quiet" }, voice.say("average_of")), ...labels)] : []), back),
    offer(digit) {
      from.hidden = !digit;
      if (digit) setText(from, voice.say("start_from", { index: voice.integer(digit.index) }));
    },
  };
}

function whence({ kind, label, index, moved }, classes, voice) {
  const origin = voice.say(`at_${kind}`, { label: classes[label], index: index === undefined ? "" : voice.integer(index) });
  return moved ? voice.say("moved", { origin }) : origin;
}
