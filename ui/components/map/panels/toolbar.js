// The thin bar above the map.

import { element } from "../../shared/element.js";
import { axesChoice } from "./axes.js";
import { dropDown, press, toolButton } from "./buttons.js";
import { COLOURINGS, needsNeighbours } from "../draw/colourings.js";

const TOOLS = ["pan", "lasso", "box", "walk"];
const IN_SPACE = { pan: "turn", lasso: "lasso_space", box: "box_space" }; // other words for the same tools
const DIGITS = ["all", "training", "held_out"];

/**
 * parts: {manifold, replay}: their control elements. actions: {reset, table() -> whether it is open now}.
 * projections: see axes.js.
 */
export function createToolbar(mapData, view, voice, parts, actions, projections) {
  const digits = DIGITS.map((value) => [value, voice.say(`digits_${value}`)]);
  return element("div", { class: "lab-bar", role: "toolbar", "aria-label": voice.say("tools") },
    choice("colour-by", voice.say("colour_by"), colourOptions(mapData, voice), view, "colour"),
    choice("digits", voice.say("which_digits"), digits, view, "digits"),
    ...axesChoice(projections, mapData, view, voice),
    tools(mapData, view, voice),
    element("span", { class: "lab-group" },
      equalButton(mapData, view, voice),
      toolButton("reset", voice.say("reset"), actions.reset),
      tableButton(voice, actions)),
    ...parts.manifold,
    ...parts.replay);
}

function tools(mapData, view, voice) {
  const nameOf = (tool) => (mapData.k === 3 ? IN_SPACE[tool] : null) ?? tool;
  const buttons = TOOLS.map((tool) => toolButton(
    tool,
    voice.say(`tool_${nameOf(tool)}`),
    () => view.set({ tool: view.state.tool === tool ? "pan" : tool }),
    { title: voice.say(`tool_${nameOf(tool)}_help`) },
  ));
  const sync = ({ tool }) => buttons.forEach((button, i) => press(button, tool === TOOLS[i]));
  view.listen(sync);
  sync(view.state);
  const name = voice.say("pointer_does");
  return element("span", { class: "lab-group", role: "group", "aria-label": name }, ...buttons);
}

function equalButton(mapData, view, voice) {
  const turn = () => view.set({ equal: !view.state.equal });
  const look = { title: voice.say("equal_axes_help"), hidden: mapData.k === 1 };
  const button = toolButton("equal-axes", voice.say("equal_axes"), turn, look);
  const sync = ({ equal }) => press(button, equal);
  view.listen(sync);
  sync(view.state);
  return button;
}

function tableButton(voice, actions) {
  const turn = () => button.setAttribute("aria-expanded", String(actions.table()));
  const button = toolButton("table-toggle", voice.say("table"), turn, { "aria-expanded": "false" });
  return button;
}

function colourOptions(mapData, voice) {
  const offered = COLOURINGS.filter((colour) => !needsNeighbours(colour) || mapData.load.neighbours.offered);
  return offered.map((colour) => [colour, voice.say(`colour_${colour}`)]);
}

/** A drop-down list of [value, text] for one key of the view. */
function choice(testid, name, options, view, key) {
  const select = dropDown(testid, name, options, view.state[key], (value) => view.set({ [key]: value }));
  view.listen((state) => (select.value = state[key]));
  return select;
}
