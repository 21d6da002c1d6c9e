// Status and progress of a run, and its owner's controls: buttons and learning rate.

import { command } from "../shared/commands.js";
import { element, setText } from "../shared/element.js";
import { epochUnderWay } from "../shared/epochs.js";
import { icon } from "../shared/icons.js";
import { setMarked } from "../shared/term.js";
import { buttonStates } from "./protocol.js";
import { parseRate } from "./learning_rate.js";

const BUTTONS = { pause: "pause", resume: "play", step: "step", stop: "stop" }; // command -> sign

export class Controls {
  #voice;
  #parts;
  #run = null;
  #busy = false;
  #given = null; // the command given last, while the keyboard focus is still in the controls
  #mayAsk;
  #url;
  #maxRate;

  /** data: that of the monitor; `replay`: {caption, toggle} for a stored run, which nobody can command; else null. */
  constructor(voice, data, replay) {
    this.#voice = voice;
    this.#url = data.commands_url;
    this.#maxRate = data.max_learning_rate;
    this.#mayAsk = !replay;
    this.#parts = panel(voice, replay, {
      ask: (action, value) => this.#ask(action, value),
      editRate: (event) => this.#editRate(event),
      leaveRate: () => this.#showRate(),
    });
    this.element = this.#parts.element;
  }

  show({ run }) {
    if (!run) return;
    this.#run = run;
    showProgress(this.#parts, run, this.#voice, this.#mayAsk);
    this.#showCommands();
    if (document.activeElement !== this.#parts.rate) this.#showRate();
  }

  showConnection(connection) {
    setText(this.#parts.connection, connection === "open" ? "" : this.#voice.say(connection));
  }

  showRefusal(sentence) {
    this.#parts.element.dataset.status = "refused";
    setText(this.#parts.connection, "");
    setText(this.#parts.status, this.#voice.say("not_found"));
    setText(this.#parts.message, sentence ?? "");
  }

  /** The caption of a replay: it changes when the settings chosen on the page no longer match the recording. */
  showCaption(caption) {
    if (this.#parts.caption) setText(this.#parts.caption, caption ?? "");
  }

  showPlaying(playing) {
    this.#parts.replay?.replaceChildren(icon(playing ? "pause" : "play"));
    this.#parts.replay?.setAttribute("aria-label", this.#voice.say(playing ? "pause_replay" : "play"));
  }

  #showCommands() {
    const run = this.#run;
    const states = buttonStates(run, Object.keys(BUTTONS));
    for (const [action, button] of Object.entries(this.#parts.buttons)) {
      button.hidden = !this.#mayAsk || states[action] === "hidden";
      button.disabled = this.#busy || states[action] !== "enabled";
    }
    this.#parts.rate.disabled = this.#busy || !this.#mayAsk || !run.commands.includes("learning_rate");
    this.#refocus();
  }

  #showRate() {
    if (this.#run) this.#parts.rate.value = this.#voice.rate(this.#run.learning_rate);
  }

  #editRate(event) {
    if (event.key === "Escape") {
      this.#showRate();
      this.#showError("");
      event.currentTarget.blur();
    } else if (event.key === "Enter") {
      const rate = parseRate(event.currentTarget.value, this.#maxRate);
      if (rate === null) this.#showError(this.#voice.say("rate_invalid", { most: this.#voice.rate(this.#maxRate) }));
      else this.#ask("learning_rate", rate);
    }
    event.stopPropagation(); // the page has shortcuts of its own
  }

  async #ask(action, value) {
    const rating = action === "learning_rate";
    this.#given = this.element.contains(document.activeElement) ? action : null;
    this.#setBusy(true);
    const error = await command(this.#url, { action, value }).catch(() => this.#voice.say("command_failed"));
    if (rating && !error) this.#run = { ...this.#run, learning_rate: value };
    this.#setBusy(false);
    this.#showError(error ?? "");
    if (rating && !error) this.#showRate();
  }

  #setBusy(busy) {
    this.#busy = busy;
    this.element.setAttribute("aria-busy", String(busy));
    this.#showCommands();
  }

  /** Disabling a button drops keyboard focus: restore it, to the counterpart (pause/resume) if the button is hidden. */
  #refocus() {
    const at = document.activeElement;
    if (!this.#given || this.#busy) return;
    if (at !== document.body && !this.element.contains(at)) {
      this.#given = null; // the person has gone elsewhere
      return;
    }
    const { buttons, rate } = this.#parts;
    const counterpart = { pause: buttons.resume, resume: buttons.pause }[this.#given];
    const target = [buttons[this.#given] ?? rate, counterpart].find((node) => node && !node.hidden && !node.disabled);
    if (at === document.body || at.hidden) target?.focus();
  }

  #showError(sentence) {
    setText(this.#parts.error, sentence);
    this.#parts.error.hidden = !sentence;
    const { rate } = this.#parts;
    rate.setAttribute("aria-invalid", String(Boolean(sentence) && document.activeElement === rate));
  }
}

function panel(voice, replay, handlers) {
  const parts = {
    status: element("span", { class: "lab-status-word" }),
    epoch: element("span", { class: "lab-epoch" }),
    pace: element("span", { class: "lab-quiet lab-pace" }),
    connection: element("span", { class: "lab-quiet", role: "status" }, replay ? "" : voice.say("connecting")),
    filled: element("div", { class: "lab-bar-filled" }),
    message: element("p", { class: "lab-message", role: "status" }),
    error: element("p", { class: "lab-error", role: "alert", hidden: true }),
    buttons: Object.fromEntries(Object.entries(BUTTONS).map(([action, sign]) =>
      [action, button(action, sign, voice, handlers.ask)])),
    rate: rateInput(voice, handlers),
  };
  parts.bar = element("div", { class: "lab-bar", role: "progressbar", "aria-valuemin": "0",
    "aria-label": voice.say("progress_label") }, parts.filled);
  parts.caption = replay && element("span", { class: "lab-caption" }, replay.caption ?? "");
  parts.replay = replay && element("button", { type: "button", class: "lab-button lab-round",
    "data-testid": "replay-toggle", click: replay.toggle });
  parts.element = element("header", { class: "lab-progress", "data-testid": "progress" },
    ...(replay ? replayRows(parts) : liveRows(parts, voice)));
  return parts;
}

function liveRows(parts, voice) {
  const status = element("span", { class: "lab-status", "data-testid": "status", role: "status" }, parts.status);
  const rate = element("label", { class: "lab-rate" }, voice.say("rate"), parts.rate, icon("pencil"));
  return [
    element("div", { class: "lab-progress-line" }, status, parts.epoch, parts.connection, parts.pace),
    parts.bar,
    element("div", { class: "lab-commands" }, ...Object.values(parts.buttons), parts.message, rate),
    parts.error,
  ];
}

function replayRows(parts) {
  return [
    element("div", { class: "lab-progress-line" }, parts.replay, parts.caption, parts.epoch),
    parts.bar,
    parts.message,
  ];
}

function button(action, sign, voice, ask) {
  const help = { step: "step_help", stop: "stop_help" }[action];
  return element("button", { type: "button", class: "lab-button", "data-testid": action, hidden: true,
    title: help ? voice.say(help) : null, click: () => ask(action) }, icon(sign), voice.say(action));
}

function rateInput(voice, { editRate, leaveRate }) {
  return element("input", {
    class: "lab-rate-input", "data-testid": "rate", inputmode: "decimal", disabled: true, autocomplete: "off",
    spellcheck: "false", title: voice.say("rate_help"), keydown: editRate, blur: leaveRate,
    focus: (event) => event.currentTarget.select(),
  });
}

function showProgress(parts, run, voice, live) {
  parts.element.dataset.status = run.status;
  setText(parts.status, run.status_label);
  const epochs = voice.integer(run.epochs);
  setMarked(parts.epoch, voice.say("epoch_of", { epoch: voice.integer(epochUnderWay(run)), epochs }), voice);
  setText(parts.pace, live ? paceOf(run, voice) : "");
  setText(parts.message, live ? run.message ?? "" : "");
  parts.filled.style.transform = `scaleX(${Math.min(1, run.epoch / run.epochs)})`;
  parts.bar.setAttribute("aria-valuemax", String(run.epochs));
  parts.bar.setAttribute("aria-valuenow", String(Math.round(100 * run.epoch) / 100));
  parts.bar.setAttribute("aria-valuetext", parts.epoch.textContent);
}

/** "0.6 s each · 3 s left", or what the run waits for. */
function paceOf(run, voice) {
  const known = (value) => value !== null && value !== undefined;
  const training = run.status === "training";
  return [
    run.status === "waiting" && run.place > 0 && voice.say("place", { place: voice.integer(run.place) }),
    run.status === "waiting" && run.wait > 0 && voice.say("wait", { duration: voice.duration(run.wait) }),
    known(run.seconds_per_epoch) && voice.say("each", { duration: voice.duration(run.seconds_per_epoch) }),
    training && known(run.seconds_left) && voice.say("left", { duration: voice.duration(run.seconds_left) }),
    training && run.sharing > 1 && voice.say("sharing", { count: voice.integer(run.sharing) }),
  ].filter(Boolean).join(" · ");
}
