// The thin bar above the map.

import { element } from "../shared/element.js";
import { press, toolButton } from "./buttons.js";
import { COLOURINGS, needsNeighbours } from "./colourings.js";

const TOOLS = ["pan", "lasso", "box", "walk"];
const DIGITS = ["all", "training", "held_out"];

/**
 * parts: {manifold, replay}: the elements of those concerns. actions: {reset, table() -> whether it is open now}.
 * axes: [{value, label}] to choose from, or [].
 */
export function createToolbar(world, view, voice, parts, actions, axes) {
  const digits = DIGITS.map((value) => [value, voice.say(`digits_${value}`)]);
  return element("div", { class: "lab-bar", role: "toolbar", "aria-label": voice.say("tools") },
    choice("colour-by", voice.say("colour_by"), colourOptions(world, voice), view, "colour"),
    choice("digits", voice.say("which_digits"), digits, view, "digits"),
    ...axesChoice(axes, view, voice),
    tools(world, view, voice),
    ...parts.manifold,
    element("span", { class: "lab-group" },
      equalButton(world, view, voice),
      toolButton("reset", voice.say("reset"), actions.reset),
      tableButton(voice, actions)),
    ...parts.replay);
}

function tools(world, view, voice) {
  const buttons = TOOLS.map((tool) => toolButton(
    tool,
    voice.say(`tool_${tool}`),
    () => view.set({ tool: view.state.tool === tool ? "pan" : tool }),
    { title: voice.say(`tool_${tool}_help`) },
  ));
  const sync = ({ tool }) => buttons.forEach((button, i) => press(button, tool === TOOLS[i]));
  view.listen(sync);
  sync(view.state);
  const name = voice.say("pointer_does");
  return element("span", { class: "lab-group", role: "group", "aria-label": name, hidden: world.k === 3 }, ...buttons);
}

function equalButton(world, view, voice) {
  const turn = () => view.set({ equal: !view.state.equal });
  const look = { title: voice.say("equal_axes_help"), hidden: world.k === 1 };
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

function colourOptions(world, voice) {
  const offered = COLOURINGS.filter((colour) => !needsNeighbours(colour) || world.load.neighbours.offered);
  return offered.map((colour) => [colour, voice.say(`colour_${colour}`)]);
}

function axesChoice(axes, view, voice) {
  if (!axes.length) return [];
  return [choice("axes", voice.say("axes"), axes.map(({ value, label }) => [value, label]), view, "axes")];
}

/** A drop-down list of [value, text] for one key of the view. */
function choice(testid, name, options, view, key) {
  const items = options.map(([value, text]) => element("option", { value, selected: value === view.state[key] }, text));
  const select = element("select", {
    class: "lab-select", "data-testid": testid, "aria-label": name, title: name,
    change: () => view.set({ [key]: select.value }),
  }, ...items);
  view.listen((state) => (select.value = state[key] ?? options[0][0]));
  return select;
}
