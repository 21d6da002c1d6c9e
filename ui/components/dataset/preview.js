// What was understood of a file before it counts: its first images, facts, and what can be changed.

import { bytesOf } from "../shared/bytes.js";
import { readTheme } from "../shared/colours.js";
import { digitCanvas, drawDigit, inkRamp, PIXELS } from "../shared/digits.js";
import { element } from "../shared/element.js";

const LISTED = 12; // labels that are named
const NONE = "none";
const FOLDERS = "/";
const OWN_PART = "own";

/** preview: as server/uploads.py tells it; scales: what full ink may be; changed(choices): one of them is another; suggested: a name for it. */
export function previewOf(preview, voice, { scales, chosen, changed, add, giveUp, suggested }) {
  const name = element("input", { type: "text", maxlength: 60, value: suggested, "data-testid": "dataset-name", required: true });
  const form = element("form", { class: "lab-new", submit: (event) => { event.preventDefault(); add(name.value); } },
    element("div", { class: "lab-choices-of-file" }, ...controls(preview, scales, chosen, voice, changed)),
    element("label", { class: "lab-field" }, voice.say("name"), name),
    element("div", { class: "lab-answers" },
      element("button", { type: "submit", class: "lab-button lab-primary", "data-testid": "dataset-add" }, voice.say("add")),
      element("button", { type: "button", class: "lab-button", "data-testid": "dataset-give-up", click: giveUp }, voice.say("give_up"))));
  return element("div", { class: "lab-preview", "data-testid": "dataset-preview" },
    element("ul", {}, ...facts(preview, voice).map((text) => element("li", {}, text))),
    pictures(preview, voice), form);
}

/** Sentences about a file; those that propose something come first. */
export function facts(preview, voice) {
  const { count, sizes, low, high, classes, n_held_out: heldOut, n_training: training, notes, left_out: leftOut } = preview;
  const [height, width] = sizes[0];
  const values = {
    count: voice.integer(count), height, width, low: voice.tick(low), high: voice.tick(high), sizes: voice.integer(sizes.length),
  };
  const names = classes.slice(0, LISTED).join(", ") + (classes.length > LISTED ? ", …" : "");
  return [
    ...notes,
    voice.say(sizes.length > 1 ? "found_sizes" : "found", values),
    classes.length ? voice.say("found_labels", { count: voice.integer(classes.length), names }) : voice.say("found_no_labels"),
    voice.say("found_held_out", { held_out: voice.integer(heldOut), training: voice.integer(training) }),
    ...leftOut.map((what) => voice.say("left_out", { what })),
  ];
}

function pictures({ images, labels, classes }, voice) {
  const bytes = bytesOf(images);
  const frame = element("div", { class: "lab-first", role: "img", "aria-label": voice.say("first_images") });
  requestAnimationFrame(() => {
    const ramp = inkRamp(readTheme(frame));
    frame.append(...labels.map((label, i) => {
      const canvas = digitCanvas();
      drawDigit(canvas, bytes.subarray(i * PIXELS, (i + 1) * PIXELS), ramp);
      return element("span", {}, canvas, element("small", {}, classes[label] ?? ""));
    }));
  });
  return frame;
}

function controls({ choices, columns, labels_from: from, own_part: own }, values, chosen, voice, changed) {
  const change = (name, value) => changed({ ...chosen, [name]: value });
  const check = (name) => element("label", { class: "lab-check" },
    element("input", { type: "checkbox", "data-testid": `dataset-${name}`, ...(choices[name] ? { checked: true } : {}),
      change: (event) => change(name, event.target.checked) }), voice.say(name));
  const sources = { [NONE]: voice.say("labels_none") };
  for (const column of [...columns, ...(from && !columns.includes(from) ? [from] : [])]) {
    sources[column] = column === FOLDERS ? voice.say("labels_folders") : column;
  }
  const scales = Object.fromEntries(values.map((scale) => [scale, voice.integer(scale)]));
  return [
    check("invert"), check("transpose"),
    list("scale", voice, scales, choices.scale, (value) => change("scale", Number(value))),
    ...(Object.keys(sources).length > 1 ? [list("labels_from", voice, sources, choices.labels, (value) => change("labels", value))] : []),
    share(choices.held_out, own, voice, (value) => change("held_out", value)),
  ];
}

function list(name, voice, options, value, changed) {
  const box = element("select", { "data-testid": `dataset-${name}`, change: (event) => changed(event.target.value) },
    ...Object.entries(options).map(([key, shown]) => element("option", { value: key }, shown)));
  box.value = String(value);
  return element("label", { class: "lab-field" }, voice.say(name), box);
}

/** How much is held out, in percent; a file with a part of its own keeps it until another share is typed. */
function share(value, own, voice, changed) {
  const apart = typeof value === "number";
  const input = element("input", {
    type: "number", min: 1, max: 99, step: "any", value: apart ? Math.round(1000 * value) / 10 : "", "data-testid": "dataset-held-out",
    change: (event) => changed(event.target.value === "" ? (own ? OWN_PART : null) : Number(event.target.value) / 100),
  });
  return element("label", { class: "lab-field" }, voice.say(own && !apart ? "held_out_own" : "held_out_share"), input);
}
