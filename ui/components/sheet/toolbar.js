// What to look at: the way of choosing, which digits, which pictures, which page.

import { element, setText } from "../shared/element.js";
import { isLabelled } from "../shared/labels.js";

const WAYS = ["first", "random", "best", "worst", "label", "index"];
const PARTS = ["all", "held_out", "training"];
const SEEDS = 1_000_000;

/** actions: {ask(changes), turn(±1), draw(): a digit of one's own}. A change of what is chosen goes to the first page and opens its first digit. */
export function createToolbar(voice, actions) {
  let data = null;
  const choose = (changes) => actions.ask({ start: null, digit: null, ...changes });
  const ways = radios(voice, "by", WAYS, (way) => choose(changesFor(way, data)));
  ways.element.dataset.testid = "choose-by";
  ways.element.setAttribute("aria-label", voice.say("choose_by"));
  const again = element("button", {
    type: "button", class: "lab-tool", title: voice.say("again_help"), click: () => choose({ seed: anySeed() }),
  }, voice.say("again"));
  const label = select(voice.say("which_label"), (value) => choose({ label: value }));
  const index = indexForm(voice, (text) => choose({ index: text }));
  const part = select(voice.say("which_digits"), (value) => choose({ of: value }));
  const toggles = ["difference", "pca"].map((name) => toggle(voice, name, (on) => actions.ask({ [name]: on ? 1 : null })));
  const noisy = toggle(voice, "noisy", (on) => actions.ask({ noisy: on ? null : 0 })); // shown unless the address says no
  const own = element("button", {
    type: "button", class: "lab-tool", "data-testid": "draw-own", title: voice.say("draw_own_help"), click: actions.draw,
  }, voice.say("draw_own"));
  const pager = createPager(voice, actions.turn);
  const problem = element("p", { class: "lab-problem", role: "alert", hidden: true });
  const node = element("div", { class: "lab-toolbar" },
    element("div", { class: "lab-row" }, ways.element, again, label, index.element, own),
    element("div", { class: "lab-row" }, part, ...[noisy, ...toggles].map((each) => each.element), pager.element),
    problem);

  function show(next) {
    data = next;
    const { view } = next;
    ways.check(view.by);
    ways.offer("label", isLabelled(next.classes));
    again.hidden = view.by !== "random";
    label.hidden = view.by !== "label" || !isLabelled(next.classes);
    fill(label, next.classes.map((name, k) => [k, name]));
    label.value = String(view.label);
    index.element.hidden = view.by !== "index";
    index.show(view.index);
    fill(part, PARTS.map((name) => [name, voice.say(partWord(name, next), { count: voice.integer(next.counts[name]) })]));
    part.value = view.of;
    noisy.show(view.noisy, next.denoises);
    toggles[0].show(view.difference, true);
    toggles[1].show(view.pca, next.pca_components > 0, next.pca_components);
    pager.show(next);
    problem.hidden = !next.problem;
    setText(problem, next.problem ?? "");
  }

  return { element: node, show };
}

/** What the address says of a way: random digits by their seed, the index from where the person is. */
export function changesFor(way, { view, detail }) {
  const only = { by: way, seed: null, label: null, index: null };
  if (way === "random") return { ...only, seed: anySeed() };
  if (way === "label") return { ...only, label: detail?.label ?? 0 };
  if (way === "index") return { ...only, index: detail?.index ?? view.index };
  return only;
}

function anySeed() {
  return 1 + Math.floor(Math.random() * SEEDS);
}

function partWord(name, { held_out: heldOut }) {
  return name === "held_out" && !heldOut ? "of_last" : `of_${name}`;
}

function radios(voice, name, options, changed) {
  const group = `lab-${name}-${Math.random().toString(36).slice(2)}`; // two sheets may be on a page while one leaves
  const inputs = options.map((value) =>
    element("input", { type: "radio", name: group, value, change: () => changed(value) }));
  const labels = inputs.map((input) => element("label", {}, input, element("span", {}, voice.say(`by_${input.value}`))));
  return {
    element: element("div", { class: "lab-ways", role: "radiogroup" }, ...labels),
    check(value) {
      for (const input of inputs) input.checked = input.value === value;
    },
    offer(value, offered) {
      inputs.forEach((input, at) => { if (input.value === value) labels[at].hidden = !offered; });
    },
  };
}

function select(name, changed) {
  return element("select", { class: "lab-select", "aria-label": name, title: name, change: (e) => changed(e.target.value) });
}

function fill(node, options) {
  const wanted = JSON.stringify(options);
  if (node.dataset.options === wanted) return;
  node.dataset.options = wanted;
  node.replaceChildren(...options.map(([value, text]) => element("option", { value }, text)));
}

function indexForm(voice, submitted) {
  const name = voice.say("which_index");
  const input = element("input", {
    class: "lab-index", inputmode: "numeric", maxlength: 12, "aria-label": name, title: name, autocomplete: "off",
  });
  const form = element("form", {
    class: "lab-index-form",
    submit: (event) => {
      event.preventDefault();
      submitted(input.value.trim() || "0");
    },
  }, input, element("button", { class: "lab-tool" }, voice.say("go")));
  let known = null;
  return {
    element: form,
    show(value) {
      if (known !== value) input.value = value;
      known = value;
    },
  };
}

function toggle(voice, name, changed) {
  const input = element("input", { type: "checkbox", "data-testid": `show-${name}`, change: (e) => changed(e.target.checked) });
  const label = element("label", { class: "lab-toggle" }, input, voice.say(`show_${name}`));
  return {
    element: label,
    show(on, offered, d = 0) {
      input.checked = on;
      label.hidden = !offered;
      label.title = voice.say(`show_${name}_help`, { d: voice.integer(d) });
    },
  };
}

function createPager(voice, turn) {
  const button = (name, sign, by) => element("button", {
    type: "button", class: "lab-tool", "aria-label": voice.say(name), title: voice.say(name), click: () => turn(by),
  }, sign);
  const [back, on] = [button("previous", "‹", -1), button("next", "›", 1)];
  const where = element("span", { class: "lab-where", "data-testid": "page", "aria-live": "polite" });
  return {
    element: element("div", { class: "lab-pager", role: "group", "aria-label": voice.say("pages") }, back, where, on),
    show({ page, pages }) {
      back.disabled = page <= 1;
      on.disabled = page >= pages;
      setText(where, voice.say("page", { page: voice.integer(page), pages: voice.integer(pages) }));
    },
  };
}
