// Replay: the codes of the held-out digits move from epoch to epoch.

import { element, setText } from "../../shared/element.js";
import { closeButton, iconButton, rename } from "../panels/buttons.js";
import { paddedRange } from "../data/geometry.js";

const AN_EPOCH = 700; // milliseconds from one kept epoch to the next while playing
const SOUGHT = 350; // milliseconds to a frame chosen by hand
const LONGEST = 80; // most milliseconds of movement per picture: a slow machine takes longer instead of skipping

/**
 * place(columns, start, span, moving) draws positions, of which more follow at once if moving; back() ends it all;
 * failed(error): the frames could not be loaded.
 */
export function createReplay(lab, { place, back, failed }) {
  const { mapData, view, voice } = lab;
  const play = iconButton("replay", "play", voice.say("replay"), () => toggle().catch(failed), { title: voice.say("replay_help") });
  const slider = element("input", { type: "range", class: "lab-slider lab-epochs", min: 0, max: 1, step: 1, value: 1,
    "data-testid": "epoch", "aria-label": voice.say("epoch_slider"), input: () => seek(Number(slider.value)).catch(failed),
    pointerenter: () => prepare(), focus: () => prepare() });
  const label = element("output", { class: "lab-epoch" });
  const leave = closeButton(voice.say("whole_map"), () => end(), {
    "data-testid": "whole-map", title: voice.say("whole_map"),
  });
  const badge = element("div", { class: "lab-badge", hidden: true }, label, leave);
  let at = 0; // frame, with a fraction on the way to the next
  let motion = null; // {to, perFrame, playing}
  let frame = 0;
  let before = 0;
  let destroyed = false;

  async function open() {
    const frames = await mapData.load.frames();
    slider.max = frames.epochs.length - 1;
    if (view.state.epoch === null) slider.value = slider.max;
    return frames;
  }

  /** Loads the frames before the slider is used: they are its steps. */
  function prepare() {
    open().catch(() => {});
  }

  async function toggle() {
    if (motion?.playing) return halt();
    const frames = await open();
    if (view.state.epoch === null || at >= frames.epochs.length - 1) at = 0;
    go({ to: frames.epochs.length - 1, perFrame: AN_EPOCH, playing: true });
  }

  async function seek(to) {
    await open();
    if (reducedMotion()) at = to;
    go({ to, perFrame: SOUGHT / Math.max(1, Math.abs(to - at)), playing: false });
  }

  function go(next) {
    motion = next;
    before = performance.now();
    cancelAnimationFrame(frame);
    say(next.playing);
    advance();
  }

  function advance() {
    if (destroyed || !motion) return;
    const now = performance.now();
    const way = motion.to - at;
    at += Math.sign(way) * Math.min(Math.abs(way), Math.min(now - before, LONGEST) / motion.perFrame);
    before = now;
    if (at === motion.to) return halt();
    show(mapData.frames);
    frame = requestAnimationFrame(advance);
  }

  function show(frames) {
    const lower = Math.min(Math.floor(at), frames.steps.length - 1);
    const upper = Math.min(lower + 1, frames.steps.length - 1);
    const columns = between(frames.steps[lower], frames.steps[upper], ease(at - lower));
    view.set({ epoch: frames.epochs[Math.round(at)] });
    if (motion?.playing !== false) slider.value = Math.round(at);
    slider.setAttribute("aria-valuetext", epochWords());
    setText(label, epochWords());
    badge.hidden = false;
    place(columns, frames.start, paddedRange(columns[0]), motion !== null);
  }

  function halt() {
    stop();
    show(mapData.frames);
  }

  function stop() {
    motion = null;
    cancelAnimationFrame(frame);
    say(false);
  }

  function end() {
    stop();
    at = 0;
    slider.value = slider.max;
    badge.hidden = true;
    setText(label, "");
    view.set({ epoch: null });
    back();
  }

  const say = (playing) => rename(play, playing ? "pause" : "play", voice.say(playing ? "pause" : "replay"));
  const epochWords = () => voice.say("epoch", { epoch: voice.epoch(view.state.epoch) });
  const name = voice.say("replay");
  const look = { class: "lab-group lab-replay", role: "group", "aria-label": name, hidden: !mapData.load.frames.offered };
  const group = element("span", look, play, slider);
  return {
    elements: [group],
    badge,
    moving: () => motion !== null,
    shown: () => view.state.epoch !== null,
    end,
    /** The frame nearest to an epoch that an address names: of a run that trained on, others are kept. */
    async restore(epoch) {
      const frames = await open();
      at = nearestTo(frames.epochs, epoch);
      slider.value = at;
      show(frames);
    },
    destroy() {
      destroyed = true;
      stop();
    },
  };
}

/** Where in a list the number nearest to `wanted` stands. */
export function nearestTo(numbers, wanted) {
  return numbers.reduce((best, number, i) => (Math.abs(number - wanted) < Math.abs(numbers[best] - wanted) ? i : best), 0);
}

/** Positions a share of the way from one frame to the next: k arrays of n. */
export function between(from, to, share) {
  return from.map((column, k) => column.map((value, i) => value + (to[k][i] - value) * share));
}

function ease(t) {
  return t * t * (3 - 2 * t);
}

function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
