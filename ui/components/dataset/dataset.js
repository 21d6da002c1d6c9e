// Add a data set, in a dialog: choose files, watch them go, look at what was understood, change it, add it.

import { command, question } from "../shared/commands.js";
import { element, setText } from "../shared/element.js";
import { icon } from "../shared/icons.js";
import { voiceOf } from "../shared/voice.js";
import { ownList } from "./own.js";
import { previewOf } from "./preview.js";
import { MEGABYTE, send, totalOf } from "../shared/sending.js";

export const READS = {
  data: ["lang", "words", "uploads_url", "datasets_url", "limit_megabytes", "limit_images", "scales", "own"],
  "data.own": ["id", "name", "count"],
};

/** data: AddDataset in ui/components/descriptions.py; actions: {requested({added: id} or {changed: true})}. */
export function mount(root, data, actions) {
  let adder = new Adder(root, data, actions);
  return {
    update(next) {
      if (next.lang !== data.lang) adder = new Adder(root, next, actions); // all words are new
      else adder.update(next);
      data = next;
    },
    destroy: () => adder.destroy(),
  };
}

class Adder {
  #root;
  #data;
  #voice;
  #requested;
  #parts;
  #sending = null; // as of send(), while files are on their way
  #upload = null; // id of what was sent
  #chosen = {}; // what was changed about it
  #found = null; // the last preview of it
  #name = ""; // suggested for it
  #turn = 0; // grows with each request: an answer to an earlier one is dropped

  constructor(root, data, { requested }) {
    [this.#root, this.#data, this.#requested] = [root, data, requested];
    this.#voice = voiceOf(data.words, data.lang);
    this.#parts = this.#skeleton();
    root.replaceChildren(this.#parts.frame);
    this.update(data);
  }

  update(data) {
    this.#data = data;
    const failed = (error) => this.#said(error);
    this.#parts.own.replaceChildren(ownList(this.#parts.frame, data, this.#voice, () => this.#requested({ changed: true }), failed));
  }

  destroy() {
    this.#sending?.cancel();
    this.#root.replaceChildren();
  }

  #skeleton() {
    const voice = this.#voice;
    const file = element("input", {
      type: "file", multiple: true, class: "lab-heard", "data-testid": "dataset-file",
      change: (event) => this.#send([...event.target.files]),
    });
    const parts = {
      file,
      choose: element("label", { class: "lab-button lab-file" }, voice.say("choose_file"), file),
      bar: element("progress", { max: 1, value: 0 }),
      status: element("p", { class: "lab-quiet", role: "status", "data-testid": "dataset-status" }),
      error: element("p", { class: "lab-trouble", role: "alert", "data-testid": "dataset-error" }),
      stop: element("button", { type: "button", class: "lab-button", "data-testid": "dataset-cancel", click: () => this.#giveUp() }, voice.say("cancel")),
      preview: element("div", {}),
      own: element("div", {}),
      added: element("p", { class: "lab-quiet", role: "status", "data-testid": "dataset-added" }),
    };
    parts.dialog = this.#dialog(parts);
    const open = element("button", {
      type: "button", class: "lab-button lab-open", "data-testid": "dataset-open", "aria-haspopup": "dialog", click: () => this.#open(),
    }, icon("upload"), voice.say("add_title"));
    parts.frame = element("section", { class: "lab-dataset" }, open, parts.added, parts.dialog);
    this.#show(parts, "idle");
    return parts;
  }

  /** Closed, it keeps what is under way in it. */
  #dialog({ choose, bar, status, stop, error, preview, own }) {
    const voice = this.#voice;
    const title = voice.say("add_title");
    const help = voice.say("add_help", { count: voice.integer(this.#data.limit_images), most: voice.integer(this.#data.limit_megabytes) });
    const close = element("button", {
      type: "button", class: "lab-button lab-close", "data-testid": "dataset-close", "aria-label": voice.say("close"), title: voice.say("close"),
      click: () => this.#parts.dialog.close(),
    }, "×");
    return element("dialog", { class: "lab-dialog lab-adding", "data-testid": "dataset-dialog", "aria-label": title },
      element("div", { class: "lab-head" }, element("h3", {}, title), close), element("p", { class: "lab-quiet" }, help), choose,
      element("div", { class: "lab-under-way" }, bar, status, stop), error, preview, own);
  }

  #open() {
    setText(this.#parts.added, "");
    this.#parts.dialog.showModal();
  }

  /** state: idle, busy (files are sent, read or added) or preview. */
  #show(parts, state) {
    parts.choose.hidden = state !== "idle";
    parts.bar.parentElement.hidden = state !== "busy";
    parts.preview.classList.toggle("lab-waits", state === "busy");
  }

  async #send(files) {
    if (!files.length) return;
    const [voice, size] = [this.#voice, totalOf(files)];
    const most = this.#data.limit_megabytes;
    this.#parts.file.value = ""; // the same file may be chosen again
    this.#said("");
    if (size > most * MEGABYTE) {
      return this.#said(voice.say("too_large_here", { size: voice.integer(size / MEGABYTE), most: voice.integer(most) }));
    }
    this.#name = files[0].name.replace(/\.\w+$/, "").slice(0, 60);
    this.#chosen = {};
    this.#show(this.#parts, "busy");
    const megabytes = (bytes) => voice.epoch(bytes / MEGABYTE);
    const told = (bytes) => {
      this.#parts.bar.value = bytes / Math.max(1, size);
      setText(this.#parts.status, voice.say("sending", { done: megabytes(bytes), all: megabytes(size) }));
    };
    told(0);
    this.#sending = send(files, this.#data.uploads_url, this.#data.lang, told);
    try {
      this.#upload = await this.#sending.answer;
      this.#sending = null;
    } catch ({ message }) {
      const cancelled = this.#sending === null;
      this.#reset();
      return cancelled ? undefined : this.#said(message || voice.say("not_sent"));
    }
    return this.#read({});
  }

  async #read(chosen) {
    const answer = await this.#told({ action: "read", choices: chosen }, "reading");
    if (answer?.preview) {
      [this.#chosen, this.#found] = [chosen, answer.preview];
      this.#draw();
    } else if (answer && this.#found) this.#draw(); // what was chosen before, and the sentence why not this
    else if (answer) this.#reset();
  }

  #draw() {
    const name = this.#parts.preview.querySelector('[data-testid="dataset-name"]')?.value ?? this.#name;
    this.#show(this.#parts, "preview");
    this.#parts.preview.replaceChildren(previewOf(this.#found, this.#voice, {
      scales: this.#data.scales, chosen: this.#chosen, suggested: name,
      changed: (chosen) => this.#read(chosen), add: (called) => this.#add(called), giveUp: () => this.#giveUp(),
    }));
  }

  async #add(name) {
    const answer = await this.#told({ action: "add", name }, "adding");
    if (!answer?.dataset) return this.#show(this.#parts, "preview");
    this.#reset();
    this.#parts.dialog.close();
    setText(this.#parts.added, this.#voice.say("added", { name: name.trim() }));
    return this.#requested({ added: answer.dataset });
  }

  /** What the server answers, {error} shown; null where another request came in between, or there is no answer. */
  async #told(message, word) {
    const turn = ++this.#turn;
    this.#said("");
    this.#parts.bar.removeAttribute("value"); // nobody knows how long
    setText(this.#parts.status, this.#voice.say(word));
    this.#show(this.#parts, "busy");
    const url = `${this.#data.uploads_url}/${this.#upload}?lang=${this.#data.lang}`;
    const answer = await question(url, message).catch(() => ({ error: this.#voice.say("not_sent") }));
    if (turn !== this.#turn) return null;
    this.#said(answer.error ?? "");
    return answer;
  }

  #giveUp() {
    const sending = this.#sending;
    this.#sending = null;
    sending?.cancel();
    if (this.#upload) command(`${this.#data.uploads_url}/${this.#upload}`, { action: "forget" }).catch(() => {});
    this.#said("");
    this.#reset();
  }

  #reset() {
    this.#turn += 1;
    [this.#upload, this.#sending, this.#chosen, this.#found] = [null, null, {}, null];
    this.#parts.preview.replaceChildren();
    setText(this.#parts.status, "");
    this.#show(this.#parts, "idle");
  }

  #said(error) {
    setText(this.#parts.error, error);
  }
}
