// t-SNE of a run's codes: start it, see how far it is, cancel it. Tells when it is done.

import { element, setText } from "../shared/element.js";
import { voiceOf } from "../shared/voice.js";

const BETWEEN = 500; // milliseconds from one answer to the next question

export const READS = { data: ["lang", "words", "run", "tsne_url", "count"] };

/** data: Tsne in ui/components/descriptions.py; actions: {finished(run)}. */
export function mount(root, data, actions) {
  let panel = openPanel(root, data, actions);
  return {
    update(next) {
      if (JSON.stringify(next) === JSON.stringify(data)) return;
      panel.destroy();
      data = next;
      panel = openPanel(root, data, actions);
    },
    destroy: () => panel.destroy(),
  };
}

function openPanel(root, { tsne_url: url, run, count, words, lang }, { finished }) {
  const voice = voiceOf(words, lang);
  const text = element("p", { role: "status" });
  const bar = element("progress", { max: 1, value: 0, "aria-label": voice.say("progress") });
  const start = button("tsne-start", voice.say("compute"), () => ask("POST"));
  const cancel = button("tsne-cancel", voice.say("cancel"), () => ask("DELETE"));
  const frame = element("section", { class: "lab-tsne", "data-testid": "tsne" }, text, bar, start, cancel);
  let timer = null;
  let requests = 0; // so far: only the answer to the last one counts

  async function ask(method = "GET") {
    clearTimeout(timer);
    const mine = ++requests;
    try {
      const answer = await (await fetch(url, { method })).json();
      if (mine === requests) show(answer);
    } catch (error) {
      console.error(error);
      if (mine === requests) later(voice.say("not_loaded"));
    }
  }

  function later(message) {
    setText(text, message);
    timer = setTimeout(ask, BETWEEN);
  }

  function show({ status, share, mine, message, error }) {
    const running = status === "running";
    if (status === "done") return finished(run);
    bar.hidden = !running;
    start.hidden = running;
    cancel.hidden = !running || !mine;
    if (!running) return setText(text, error ?? message ?? voice.say("what", { count: voice.integer(count) }));
    bar.value = share;
    later(voice.say("running", { share: voice.share(share) }));
  }

  start.hidden = cancel.hidden = bar.hidden = true;
  root.append(frame);
  ask();
  return {
    destroy() {
      clearTimeout(timer);
      requests += 1;
      frame.remove();
    },
  };
}

function button(testid, text, click) {
  return element("button", { type: "button", "data-testid": testid, click: () => click() }, text);
}
