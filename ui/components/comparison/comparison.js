// Runs beside each other: their loss curves over one another, and the same digits by each; live where one is under way.

import { readTheme, watchTheme } from "../shared/colours.js";
import { element } from "../shared/element.js";
import { LiveFeed } from "../shared/live_feed.js";
import { EMPTY } from "../shared/run_state.js";
import { voiceOf } from "../shared/voice.js";
import { Curves } from "./curves.js";
import { DigitRows } from "./digit_rows.js";

export const READS = {
  data: ["lang", "words", "plotly_url", "picture_count", "runs"],
  "data.runs": ["run", "letter", "title", "colour", "events_url", "page_url", "images_url"],
};

/** data: Comparison in ui/components/descriptions.py; actions: {finished(run)}, when one ends while this is open. */
export function mount(root, data, actions) {
  let open = new Comparison(root, data, actions);
  return {
    update(next) {
      if (JSON.stringify(next) === JSON.stringify(data)) return;
      open.destroy();
      open = new Comparison(root, next, actions);
      data = next;
    },
    destroy: () => open.destroy(),
  };
}

class Comparison {
  #root;
  #runs; // of data.runs, each with its state and what the server said instead
  #views;
  #feeds;
  #actions;
  #alive = new Set(); // ids of runs that were seen under way
  #ticket = null;
  #forgetTheme;

  constructor(root, data, actions) {
    const voice = voiceOf(data.words, data.lang);
    this.#root = root;
    this.#actions = actions;
    this.#runs = data.runs.map((run) => ({ ...run, state: EMPTY, refused: null }));
    this.#views = [new Curves(data, voice), new DigitRows(data, voice)];
    const page = element("div", { class: "lab-comparison", "data-testid": "comparison" }, ...this.#views.map((view) => view.element));
    root.replaceChildren(page);
    this.#forgetTheme = watchTheme(page, () => this.#draw());
    this.#feeds = this.#runs.map((run) => new LiveFeed(run.events_url, {
      heard: (state) => this.#heard(run, state),
      connection: () => {},
      refused: (sentence) => { run.refused = sentence ?? ""; this.#later(); },
    }));
    this.#later();
  }

  destroy() {
    cancelAnimationFrame(this.#ticket);
    this.#feeds.forEach((feed) => feed.close());
    this.#forgetTheme();
    this.#views.forEach((view) => view.destroy?.());
    this.#root.replaceChildren();
  }

  #heard(run, state) {
    run.state = state;
    this.#later();
    if (!state.run) return;
    if (!state.run.ended) this.#alive.add(run.run);
    else if (state.ended && this.#alive.delete(run.run)) this.#actions.finished(run.run);
  }

  #later() {
    this.#ticket ??= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#ticket = null;
    const theme = readTheme(this.#root);
    this.#views.forEach((view) => view.show(this.#runs, theme));
  }
}
