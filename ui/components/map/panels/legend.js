// What the colours mean; a digit's chip isolates its label.

import { element } from "../../shared/element.js";
import { lookOf } from "../../shared/shapes.js";
import { setMarked } from "../../shared/term.js";
import { press } from "./buttons.js";
import { colouring, PART_COLOURS, sequential } from "../draw/colourings.js";

/** theme(): colours of the page now. draw() again after a change of theme. */
export function createLegend(mapData, view, voice, theme) {
  const chips = (mapData.labelled ? mapData.classes : []).map((name, label) => chip(label, name, view, voice));
  const scale = element("span", { class: "lab-scale" });
  const node = element("div", { class: "lab-legend" },
    element("span", { class: "lab-chips", role: "group", "aria-label": voice.say("isolate") }, ...chips), scale);

  function draw() {
    const { colour, label } = view.state;
    node.classList.toggle("lab-plain", !["label", "predicted"].includes(colour));
    chips.forEach((button, i) => press(button, label === i));
    scale.replaceChildren(...meaning(mapData, colour, voice, theme()));
  }
  return { element: node, draw };
}

function chip(label, name, view, voice) {
  return element("button", {
    type: "button", class: "lab-chip", "data-testid": `legend-${label}`, style: lookOf(label),
    title: voice.say("isolate_label", { label: name }),
    click: () => view.set({ label: view.state.label === label ? null : label }),
  }, element("i", {}), name);
}

function meaning(mapData, colour, voice, theme) {
  if (colour === "label") return [];
  if (colour === "part") return partMeaning(voice);
  if (colour === "predicted") return zoneWords(mapData, voice, "legend_predicted");
  const { range } = colour === "mixed" && !mapData.neighbours ? { range: [0, 1] } : colouring(mapData, colour, theme.dark);
  const number = colour === "error" ? voice.mse : voice.share;
  return [
    element("span", {}, number(range[0])),
    element("i", { class: "lab-ramp", style: `background:linear-gradient(90deg,${sequential(theme.dark).join(",")})` }),
    element("span", {}, number(range[1])),
    ...(colour === "mixed" ? zoneWords(mapData, voice, "legend_mixed") : [words(voice.marked("legend_error"), voice)]),
  ];
}

function partMeaning(voice) {
  return ["digits_training", "digits_held_out"].map((key, i) =>
    element("span", { class: "lab-part" }, element("i", { style: `background:${PART_COLOURS[i]}` }), voice.say(key)));
}

/** The pairs of labels that mix most, most first. */
function zoneWords(mapData, voice, key) {
  const pairs = mapData.neighbours?.zones?.pairs ?? [];
  const { classes } = mapData;
  const text = pairs.slice(0, 3).map(([a, b, share]) => `${classes[a]}–${classes[b]} ${voice.share(share)}`).join(" · ");
  if (!text) return [words(voice.marked(key), voice)];
  const outline = element("i", { "aria-hidden": "true" });
  const zones = element("span", { class: "lab-part lab-zone-key" }, outline, voice.say("mixing_pairs", { pairs: text }));
  return [words(voice.marked(key), voice), zones];
}

function words(text, voice) {
  return setMarked(element("span", { class: "lab-note" }), text, voice);
}
