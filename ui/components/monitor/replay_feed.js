// A stored run told again, in a loop: the same states as a live one, from one JSON file.

import { momentOf, recordingOf } from "./protocol.js";

const STORY_MS = 8000; // from the first map to the last, however many epochs
const HOLD_MS = 2000; // on the last one, to look at the result

export class ReplayFeed {
  #heard;
  #recording = null;
  #elapsed = 0;
  #lastTick = null;
  #ticket = null;
  #closed = false;
  playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** `heard` is called with each new state, `refused` with the server's sentence (or null). */
  constructor(url, { heard, refused }) {
    this.#heard = heard;
    fetchReplay(url).then((recording) => this.#begin(recording), (error) => refused(error.message || null));
  }

  toggle() {
    this.playing = !this.playing;
    if (this.playing && this.#recording) this.#play();
  }

  close() {
    this.#closed = true;
    cancelAnimationFrame(this.#ticket);
  }

  #begin(recording) {
    if (this.#closed) return;
    this.#recording = recording;
    if (this.playing) this.#play();
    else this.#heard(momentOf(recording, recording.whole.run.epoch)); // nothing moves: show how it ends
  }

  #play() {
    cancelAnimationFrame(this.#ticket);
    this.#lastTick = null;
    this.#ticket = requestAnimationFrame((now) => this.#tick(now));
  }

  #tick(now) {
    if (!this.playing) return;
    this.#elapsed = (this.#elapsed + now - (this.#lastTick ?? now)) % (STORY_MS + HOLD_MS);
    this.#lastTick = now;
    const share = Math.min(1, this.#elapsed / STORY_MS);
    const { whole, frames } = this.#recording;
    const first = frames[0]?.epoch ?? 0; // before it there is no map to be shown
    this.#heard(momentOf(this.#recording, first + share * (whole.run.epoch - first)));
    this.#ticket = requestAnimationFrame((next) => this.#tick(next));
  }
}

async function fetchReplay(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? "");
  return recordingOf((await answer.json()).messages);
}
