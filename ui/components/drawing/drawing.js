// A place to draw a digit on the Reconstructions page, and what the run makes of it.

import { columns, dequantise, fetchBundle, SNAPSHOT_GONE } from "../shared/bundle.js";
import { fetchBytes } from "../shared/bytes.js";
import { makeDecoder } from "../shared/decoder.js";
import { PIXELS } from "../shared/digits.js";
import { createDesk } from "../shared/drawing/desk.js";
import { element } from "../shared/element.js";
import { makeEncoder } from "../shared/encoder.js";
import { follow } from "../shared/follow.js";
import { isLabelled } from "../shared/labels.js";
import { voiceOf } from "../shared/voice.js";

export const READS = {
  data: ["lang", "words", "urls", "classes", "map_url", "learning", "dataset"],
  "data.urls": ["encoder", "decoder", "judged", "codes", "images", "labels"],
};

/**
 * data: Drawing in ui/components/descriptions.py.
 * actions: {requested?({moment: "now"}): the same for the run's present weights}.
 */
export function mount(root, data, actions = {}) {
  let open = openDrawing(root, data, actions);
  return {
    update(next) {
      if (JSON.stringify(next) !== JSON.stringify(data)) {
        open.destroy();
        open = openDrawing(root, next, actions);
      }
      data = next;
    },
    destroy: () => open.destroy(),
  };
}

function openDrawing(root, data, actions) {
  const voice = voiceOf(data.words, data.lang);
  const link = element("a", {
    class: "lab-drawing-link", href: data.map_url, "data-testid": "drawing-to-map", title: voice.say("to_map_help"), click: follow,
  }, voice.say("to_map"), " →");
  const desk = createDesk(voice, { ...makeModel(data), failed: renewed }, { about: { learning: data.learning, dataset: data.dataset }, links: [link] });
  const frame = element("section", { class: "lab-own-digit", "aria-label": voice.say("title") }, element("h3", {}, voice.say("title")), desk.element);

  /** The run has learned on, and the server has not kept the weights of that moment. */
  function renewed({ status }) {
    if (status !== SNAPSHOT_GONE || !actions.requested) return false;
    actions.requested({ moment: "now" });
    return true;
  }

  root.replaceChildren(frame);
  desk.retheme();
  return {
    destroy() {
      desk.destroy();
      frame.remove();
    },
  };
}

/** See desk.js. Nothing is fetched before somebody draws. */
function makeModel({ urls, classes }) {
  let labels = null;
  let images = null;
  return {
    async load() {
      const [encoder, decoder, judged, codes, bytes] = await Promise.all([
        fetchBundle(urls.encoder), fetchBundle(urls.decoder), fetchBundle(urls.judged), fetchBundle(urls.codes), fetchBytes(urls.labels),
      ]);
      labels = bytes;
      return {
        encoder: makeEncoder(encoder), decoder: makeDecoder(decoder), errors: judged.arrays.errors.data,
        columns: columns(dequantise(codes.arrays.codes), codes.arrays.codes.shape[1]),
        labels, nameOf: (row) => (isLabelled(classes) ? classes[labels[row]] : null), indexOf: (row) => row,
        imageOf: (row) => images?.subarray(row * PIXELS, (row + 1) * PIXELS) ?? null,
      };
    },
    async loadImages() {
      images = await fetchBytes(urls.images);
    },
  };
}
