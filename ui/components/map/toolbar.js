// The thin bar above the map.

import { element } from "../shared/element.js";
import { COLOURINGS, needsNeighbours } from "./colourings.js";

const TOOLS = ["pan", "lasso", "box", "walk"];
const DIGITS = ["all", "training", "held_out"];

/** parts: {manifold, replay}: elements of those concerns. actions: {reset, table(open)}; axes: [{value, label}] or []. */
export function createToolbar(world, view, voice, parts, actions, axes) {
  const flatOnly = world.k === 3 ? { hidden: true } : {};
  const tools = TOOLS.map((tool) => toolButton(tool, view, voice));
  const equal = element("button", {
    type: "button", class: "lab-tool", "data-testid": "equal-axes", title: voice.say("equal_axes_help"),
    ...(world.k === 2 ? {} : { hidden: true }),
    click: () => view.set({ equal: !view.state.equal }),
  }, voice.say("equal_axes"));
  const bar = element("div", { class: "lab-bar", role: "toolbar", "aria-label": voice.say("tools") },
    choice(voice.say("colour_by"), "colour-by", colourOptions(world, voice), view.state.colour, (colour) => view.set({ colour })),
    choice(voice.say("which_digits"), "digits", DIGITS.map((value) => [value, voice.say(`digits_${value}`)]),
      view.state.digits, (digits) => view.set({ digits })),
    ...(axes.length ? [axesChoice(axes, view, voice)] : []),
    element("span", { class: "lab-group", role: "group", "aria-label": voice.say("pointer_does"), ...flatOnly }, ...tools),
    ...parts.manifold,
    element("span", { class: "lab-group" }, equal,
      element("button", { type: "button", class: "lab-tool", "data-testid": "reset", click: actions.reset }, voice.say("reset")),
      tableButton(voice, actions)),
    ...parts.replay);
  view.listen((state) => {
    tools.forEach((button, i) => press(button, state.tool === TOOLS[i]));
    press(equal, state.equal);
  });
  tools.forEach((button, i) => press(button, view.state.tool === TOOLS[i]));
  press(equal, view.state.equal);
  return bar;
}

export function press(button, pressed) {
  button.setAttribute("aria-pressed", String(pressed));
}

function toolButton(tool, view, voice) {
  return element("button", {
    type: "button", class: "lab-tool", "data-testid": tool, title: voice.say(`tool_${tool}_help`),
    click: () => view.set({ tool: view.state.tool === tool ? "pan" : tool }),
  }, voice.say(`tool_${tool}`));
}

function tableButton(voice, actions) {
  const button = element("button", {
    type: "button", class: "lab-tool", "data-testid": "table-toggle", "aria-expanded": "false",
    click: () => button.setAttribute("aria-expanded", String(actions.table())),
  }, voice.say("table"));
  return button;
}

function colourOptions(world, voice) {
  const offered = COLOURINGS.filter((colour) => !needsNeighbours(colour) || world.load.neighbours.offered);
  return offered.map((colour) => [colour, voice.say(`colour_${colour}`)]);
}

function axesChoice(axes, view, voice) {
  const options = axes.map(({ value, label }) => [value, label]);
  return choice(voice.say("axes"), "axes", options, view.state.axes ?? axes[0].value, (value) => view.set({ axes: value }));
}

function choice(label, testid, options, current, changed) {
  const select = element("select", { class: "lab-select", "data-testid": testid, "aria-label": label, title: label,
    change: () => changed(select.value) },
    ...options.map(([value, text]) => element("option", { value, selected: value === current }, text)));
  return select;
}
