// The live monitor: watch a run as it trains, or a stored one in a loop. `mount` is all that a page needs.

import { watchTheme } from "../shared/colours.js";
import { element } from "../shared/element.js";
import { Controls } from "./controls.js";
import { DigitStrip } from "./digit_strip.js";
import { Headline } from "./headline.js";
import { voiceOf } from "../shared/voice.js";
import { Introduction } from "./introduction.js";
import { LiveFeed } from "../shared/live_feed.js";
import { LiveMap } from "./live_map.js";
import { LossChart } from "./loss_chart.js";
import { isOver } from "./protocol.js";
import { ReplayFeed } from "./replay_feed.js";


export const READS = {
  data: [
    "lang", "words", "plotly_url", "run", "replay", "events_url", "commands_url", "min_learning_rate",
    "max_learning_rate", "absurd_learning_rate", "images_url", "picture_count", "labels_url", "map_count", "classes",
    "pca_mse", "average_mse", "judged_on", "parts", "course_losses", "caption", "encoder", "code_numbers", "decoder",
  ],
};

/**
 * data: Monitor in ui/components/descriptions.py;
 * actions: {finished(run), requested("start")}: once when a run ends, or is deleted, while this monitor is open, and
 * where a replay's introduction is told to start a training.
 */
export function mount(root, data, actions) {
  let monitor = new Monitor(root, data, actions);
  return {
    update(next) {
      if (monitor.shows(next)) return monitor.refresh(next);
      monitor.destroy();
      monitor = new Monitor(root, next, actions);
    },
    destroy: () => monitor.destroy(),
  };
}

class Monitor {
  #root;
  #data;
  #actions;
  #controls;
  #views;
  #feed;
  #forgetTheme;
  #state = null;
  #seenAlive = false;
  #ticket = null;

  constructor(root, data, actions) {
    const voice = voiceOf(data.words, data.lang);
    this.#root = root;
    this.#data = data;
    this.#actions = actions;
    const replay = data.replay ? { caption: data.caption, toggle: () => this.#toggle() } : null;
    this.#controls = new Controls(voice, data, replay);
    this.#views = [
      new Introduction(data, voice, () => actions.requested("start")),
      new Headline(voice),
      new LossChart(data, voice),
      new LiveMap(data, voice),
      new DigitStrip(data, voice),
    ];
    const page = layout(this.#controls, this.#views);
    root.replaceChildren(page);
    if (!data.replay) bringIntoSight(page);
    this.#forgetTheme = watchTheme(page, () => this.#views.forEach((view) => view.redraw()));
    this.#feed = this.#open();
    if (data.replay) this.#controls.showPlaying(this.#feed.playing);
  }

  /** Whether `next` shows the same run in the same way and language. */
  shows(next) {
    return ["run", "replay", "lang"].every((key) => next[key] === this.#data[key]);
  }

  refresh(next) {
    if (JSON.stringify(next) === JSON.stringify(this.#data)) return;
    this.#data = next;
    this.#controls.showCaption(next.caption);
    if (this.#state) this.#draw();
  }

  destroy() {
    this.#feed.close();
    cancelAnimationFrame(this.#ticket);
    this.#forgetTheme();
    this.#views.forEach((view) => view.destroy?.());
    this.#root.replaceChildren();
  }

  #open() {
    const { events_url: url, replay } = this.#data;
    const heard = (state) => this.#heard(state);
    const refused = (sentence) => this.#refused(sentence);
    if (replay) return new ReplayFeed(url, { heard, refused });
    return new LiveFeed(url, { heard, refused, connection: (now) => this.#controls.showConnection(now) });
  }

  #heard(state) {
    this.#state = state;
    this.#ticket ??= requestAnimationFrame(() => this.#draw());
    if (this.#data.replay || !state.run) return;
    if (!isOver(state.run)) this.#seenAlive = true;
    else if (state.ended && this.#seenAlive) {
      this.#seenAlive = false;
      this.#actions.finished(state.run.id);
    }
  }

  #refused(sentence) {
    cancelAnimationFrame(this.#ticket);
    this.#controls.showRefusal(sentence);
    this.#views.forEach((view) => { view.element.hidden = true; });
    if (this.#seenAlive) this.#actions.finished(this.#data.run); // it was deleted: the page says so too, and offers others
    this.#seenAlive = false;
  }

  #draw() {
    this.#ticket = null;
    this.#controls.show(this.#state);
    this.#views.forEach((view) => view.show(this.#state, this.#data));
  }

  #toggle() {
    this.#feed.toggle();
    this.#controls.showPlaying(this.#feed.playing);
  }
}

function layout(controls, [introduction, headline, chart, map, digits]) {
  return element("div", { class: "lab-monitor", "data-testid": "monitor" },
    introduction.element,
    controls.element,
    headline.element,
    element("div", { class: "lab-charts" }, chart.element, map.element),
    digits.element);
}

/** The button that started the run may be far below: on a phone always, elsewhere after a look at the layers. */
function bringIntoSight(page) {
  if (page.getBoundingClientRect().top < 0) page.scrollIntoView();
}
