// Status and progress of a run, and its owner's controls: buttons and learning rate.

import { command } from "../shared/commands.js";
import { element, setText } from "../shared/element.js";
import { epochUnderWay } from "../shared/epochs.js";
import { icon } from "../shared/icons.js";
import { setMarked } from "../shared/term.js";
import { isDaring, parseRate } from "./learning_rate.js";
import { bestLoss, buttonStates, isBehind, isOver, wayBack } from "./protocol.js";
import { Question } from "./question.js";

const BACK = "go_back";
const BUTTONS = { pause: "pause", resume: "play", step: "step", stop: "stop", go_back: "back" }; // command -> sign

export class Controls {
  #voice;
  #parts;
  #state = null;
  #run = null;
  #wayBack = "hidden";
  #busy = false;
  #given = null; // the command given last, while the keyboard focus is still in the controls
  #mayAsk;
  #data;

  /** data: that of the monitor; `replay`: {caption, toggle} for a stored run, which nobody can command; else null. */
  constructor(voice, data, replay) {
    this.#voice = voice;
    this.#data = data;
    this.#mayAsk = !replay;
    this.#parts = panel(voice, replay, {
      ask: (action) => (action === "stop" ? this.#stop() : this.#ask(action)),
      editRate: (event) => this.#editRate(event),
      leaveRate: () => this.#showRate(),
    });
    this.element = this.#parts.element;
  }

  show(state) {
    const { run } = state;
    if (!run) return;
    this.#state = state;
    this.#run = run;
    if (isOver(run) || !run.commands.length) this.#parts.question.close();
    showProgress(this.#parts, run, this.#voice, this.#mayAsk);
    this.#showCommands();
    if (document.activeElement !== this.#parts.rate) this.#showRate();
  }

  showConnection(connection) {
    setText(this.#parts.connection, connection === "open" ? "" : this.#voice.say(connection));
  }

  /** The server does not show this run (any more): only its sentence stays, and nothing that could be asked of it. */
  showRefusal(sentence) {
    const { element: panel, buttons, rate, connection, epoch, pace, error, status, message } = this.#parts;
    panel.dataset.status = "refused";
    for (const control of [...Object.values(buttons), rate.parentElement]) control.hidden = true;
    for (const words of [connection, epoch, pace, error]) setText(words, "");
    setText(status, this.#voice.say("not_found"));
    setText(message, sentence ?? "");
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
    this.#wayBack = wayBack({ ...this.#state, run }, this.#wayBack);
    const states = { ...buttonStates(run, Object.keys(BUTTONS)), go_back: this.#wayBack };
    nameWayBack(this.#parts.buttons.go_back, run, states.go_back, this.#voice);
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
      event.preventDefault(); // it would press the button that has the focus by then
      this.#setRate(event.currentTarget.value);
    }
    event.stopPropagation(); // the page has shortcuts of its own
  }

  #setRate(text) {
    const { min_learning_rate: least, max_learning_rate: most, absurd_learning_rate: absurd } = this.#data;
    const { say, rate: written, epoch: tenths, integer } = this.#voice;
    const rate = parseRate(text, least, most);
    const now = this.#run.learning_rate;
    if (rate === null) return this.#showError(say("rate_invalid", { least: written(least), most: written(most) }));
    if (!isDaring(rate, this.#run, absurd)) return this.#ask("learning_rate", rate);
    this.#showError("");
    const times = (rate < 10 * now ? tenths : integer)(rate / now);
    return this.#parts.question.ask(say("rate_daring", { rate: written(rate), times }), [
      [say("rate_keep", { rate: written(now) })],
      [say("rate_set", { rate: written(rate) }), () => this.#ask("learning_rate", rate)],
    ]);
  }

  /** Where the best epoch lies behind, whoever stops chooses which weights are kept. */
  #stop() {
    const best = bestLoss({ ...this.#state, run: this.#run });
    if (!best || !isBehind(this.#state)) return this.#ask("stop");
    const { say, mse, epoch } = this.#voice;
    const { best_epoch: at } = this.#run;
    const digits = say(best.heldOut ? "curve_held_out" : "curve_training");
    const values = { epoch: epoch(at), best: mse(best.mse), digits, now: mse(this.#state.points.at(-1)?.[1] ?? NaN) };
    return this.#parts.question.ask(say("which_weights", values), [
      [say("train_on")],
      [say("keep_best", { epoch: epoch(at) }), () => this.#ask("stop", "best")],
      [say("keep_last", { epoch: epoch(this.#run.epoch) }), () => this.#ask("stop", "last")],
    ]);
  }

  async #ask(action, value) {
    const rating = action === "learning_rate";
    this.#given = this.element.contains(document.activeElement) ? action : null;
    this.#setBusy(true);
    const error = await command(this.#data.commands_url, { action, value }).catch(() => this.#voice.say("command_failed"));
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

  /** Disabling a button drops keyboard focus: restore it, to the counterpart (pause/resume) if the button is hidden
   * or of no use now. */
  #refocus() {
    const at = document.activeElement;
    if (!this.#given || this.#busy) return;
    if (at !== document.body && !this.element.contains(at)) {
      this.#given = null; // the person has gone elsewhere
      return;
    }
    const { buttons, rate } = this.#parts;
    const counterpart = { pause: buttons.resume, resume: buttons.pause, [BACK]: buttons.pause }[this.#given];
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
  parts.question = new Question(voice.say("question"));
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
    parts.question.element,
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
    title: help ? voice.say(help) : null, click: () => ask(action) }, icon(sign),
  element("span", {}, voice.say(action)));
}

/** The way back names its epoch, and says why it is closed where it is. */
function nameWayBack(node, run, state, voice) {
  const values = { epoch: voice.integer(run.best_epoch ?? 0) };
  const atBest = state === "disabled" && run.commands.includes(BACK);
  const help = voice.say(atBest ? "go_back_none" : "go_back_help", values);
  setText(node.lastChild, voice.say("go_back", values));
  node.setAttribute("title", help);
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
  setMarked(parts.epoch, standing(run, voice), voice);
  setText(parts.pace, live ? paceOf(run, voice) : "");
  setText(parts.message, live ? run.message ?? "" : "");
  parts.filled.style.transform = `scaleX(${Math.min(1, run.epoch / run.epochs)})`;
  parts.bar.setAttribute("aria-valuemax", String(run.epochs));
  parts.bar.setAttribute("aria-valuenow", String(Math.round(100 * run.epoch) / 100));
  parts.bar.setAttribute("aria-valuetext", parts.epoch.textContent);
}

/** "epoch 3 of 12": the one under way or, once it is over, the one that was kept; both where they differ. */
function standing(run, voice) {
  const epochs = voice.integer(run.epochs);
  const kept = Number.isFinite(run.kept) ? voice.epoch(run.kept) : null;
  if (run.status === "finished" && kept !== null && run.kept < run.epoch) {
    return voice.marked("epoch_kept", { epoch: voice.epoch(run.epoch), epochs, kept });
  }
  return voice.marked("epoch_of", { epoch: kept ?? voice.integer(epochUnderWay(run)), epochs });
}

/** "0.6 s each · 3 s left", or what the run waits for. */
function paceOf(run, voice) {
  const known = (value) => value !== null && value !== undefined;
  const training = run.status === "training";
  return [
    run.status === "waiting" && run.place > 0 && voice.say("place", { place: voice.integer(run.place) }),
    run.status === "waiting" && run.wait > 0 && voice.say("wait", { duration: voice.duration(run.wait) }),
    known(run.seconds_per_epoch) && voice.say("each", { duration: voice.duration(run.seconds_per_epoch) }),
    training && (known(run.seconds_left)
      ? voice.say("left", { duration: voice.duration(run.seconds_left) })
      : run.epoch < run.epochs && voice.say("estimating")),
    training && run.sharing > 1 && voice.say("sharing", { count: voice.integer(run.sharing) }),
  ].filter(Boolean).join(" · ");
}
