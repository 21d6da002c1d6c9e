// The thin bar above the map; on a phone what is used most stands below it.

import { element } from "../../shared/element.js";
import { axesChoice } from "./axes.js";
import { dropDown, iconButton, press } from "./buttons.js";
import { colouringsOf } from "../draw/colourings.js";

const TOOLS = ["pan", "lasso", "box", "walk"];
const IN_SPACE = { pan: "turn", lasso: "lasso_space", box: "box_space" }; // other words for the same tools
const DIGITS = ["all", "training", "held_out"];

const SIGNS = { pan: "move", turn: "turn" }; // where the icon is not called as the tool

/**
 * parts: {manifold, replay, search}: their control elements. actions: {reset, table() -> whether it is open now, sample,
 * draw: opens and closes the place to draw on, false where there is none}.
 * projections: see axes.js. Three groups: layers (what is drawn), tools (what a drag or a click does), view (how it is seen).
 */
export function createToolbar(mapData, view, voice, parts, actions, projections) {
  const digits = DIGITS.map((value) => [value, voice.say(`digits_${value}`)]);
  return element("div", { class: "lab-bar", role: "toolbar", "aria-label": voice.say("tools") },
    group(voice.say("layers"), "lab-layers",
      choice("colour-by", voice.say("colour_by"), colourOptions(mapData, voice), view, "colour"),
      choice("digits", voice.say("which_digits"), digits, view, "digits"),
      ...numeralsButton(mapData, view, voice),
      toggle("pictures", "pictures", voice.say("pictures"), voice.say(mapData.k < 3 ? "pictures_help" : "pictures_help_space"), view, "pictures"),
      ...parts.manifold,
      ...sampleButton(mapData, voice, actions),
      ...drawButton(view, voice, actions)),
    group(voice.say("pointer_does"), "lab-tools", ...tools(mapData, view, voice)),
    group(voice.say("seen_as"), "lab-view",
      ...axesChoice(projections, mapData, view, voice),
      ...equalButton(mapData, view, voice),
      iconButton("reset", "reset", voice.say("reset"), actions.reset, { title: voice.say("reset_help") }),
      tableButton(voice, actions)),
    parts.search,
    ...parts.replay);
}

function group(name, kind, ...children) {
  return element("span", { class: `lab-group ${kind}`, role: "group", "aria-label": name }, ...children);
}

function tools(mapData, view, voice) {
  const nameOf = (tool) => (mapData.k === 3 ? IN_SPACE[tool] : null) ?? tool;
  const buttons = TOOLS.map((tool) => iconButton(
    tool,
    SIGNS[nameOf(tool)] ?? tool,
    voice.say(`tool_${nameOf(tool)}`),
    () => view.set({ tool: view.state.tool === tool ? view.rest : tool }),
    { title: voice.say(`tool_${nameOf(tool)}_help`) },
  ));
  const sync = ({ tool }) => buttons.forEach((button, i) => press(button, tool === TOOLS[i]));
  view.listen(sync);
  sync(view.state);
  return buttons;
}

/** Counts and codes have no scale in common. */
function equalButton(mapData, view, voice) {
  if (mapData.k === 1) return [];
  return [toggle("equal-axes", "equal", voice.say("equal_axes"), voice.say("equal_axes_help"), view, "equal")];
}

/** A button that turns one key of the view on and off. */
function toggle(testid, sign, text, help, view, key) {
  const button = iconButton(testid, sign, text, () => view.set({ [key]: !view.state[key] }), { title: help });
  const sync = (state) => press(button, Boolean(state[key]));
  view.listen(sync);
  sync(view.state);
  return button;
}

/** Where there are labels to write. */
function numeralsButton(mapData, view, voice) {
  if (!mapData.labelled) return [];
  return [toggle("numerals", "numerals", voice.say("numerals"), voice.say("numerals_help"), view, "numerals")];
}

/** Where codes have a distribution to draw new ones from. */
function sampleButton(mapData, voice, actions) {
  if (!mapData.prior || !mapData.load.decoder.offered) return [];
  return [iconButton("sample", "sample", voice.say("sample"), actions.sample, { title: voice.say("sample_help") })];
}

function drawButton(view, voice, { draw }) {
  if (!draw) return [];
  const button = iconButton("draw", "pencil", voice.say("draw"), draw, { title: voice.say("draw_help") });
  const sync = (state) => button.setAttribute("aria-expanded", String(Boolean(state.draw)));
  view.listen(sync);
  sync(view.state);
  return [button];
}

function tableButton(voice, actions) {
  const turn = () => button.setAttribute("aria-expanded", String(actions.table()));
  const look = { "aria-expanded": "false", title: voice.say("table_help") };
  const button = iconButton("table-toggle", "table", voice.say("table"), turn, look);
  return button;
}

function colourOptions(mapData, voice) {
  return colouringsOf(mapData).map((colour) => [colour, voice.say(`colour_${colour}`)]);
}

/** A drop-down list of [value, text] for one key of the view. */
function choice(testid, name, options, view, key) {
  const select = dropDown(testid, name, options, view.state[key], (value) => view.set({ [key]: value }));
  view.listen((state) => (select.value = state[key]));
  return select;
}
