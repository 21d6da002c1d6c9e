// The host's view of a room: everyone's runs as live tiles, a board, and commands to all of them.

import { voiceOf } from "../shared/voice.js";
import { readTheme, watchTheme } from "../shared/colours.js";
import { command } from "../shared/commands.js";
import { answer, checkbox, number, openDialog, select } from "../shared/dialog.js";
import { element, setText } from "../shared/element.js";
import { EventStream } from "../shared/event_stream.js";
import { Board, line } from "./board.js";
import { openInvitation } from "./invitation.js";
import { EMPTY, apply, counts, ordered, standing } from "./room.js";
import { Tile } from "./tile.js";

export const READS = {
  data: ["lang", "words", "events_url", "commands_url", "presets", "longest", "invitation"],
  "data.invitation": ["address", "code", "qr", "local"],
};

/** data: Classroom in ui/components/descriptions.py. */
export function mount(root, data) {
  let room = new Classroom(root, data);
  return {
    update(next) {
      if (JSON.stringify(next) === JSON.stringify(data)) return;
      room.destroy();
      data = next;
      room = new Classroom(root, data);
    },
    destroy: () => room.destroy(),
  };
}

class Classroom {
  #data;
  #voice;
  #parts;
  #board;
  #stream;
  #forgetTheme;
  #tiles = new Map(); // run -> Tile
  #forTiles = { failed: (problem) => this.#say(problem), paper: () => this.#paper };
  #paper; // of the theme; read once for all tiles
  #state = EMPTY;
  #ticket = null;

  constructor(root, data) {
    this.#data = data;
    this.#voice = voiceOf(data.words, data.lang);
    this.#board = new Board(this.#voice);
    this.#parts = layout(this.#voice, this.#board.element, {
      invite: () => openInvitation(this.#parts.element, data.invitation, this.#voice),
      pauseAll: () => this.#command({ action: "pause_all" }),
      resumeAll: () => this.#command({ action: "resume_all" }),
      clear: () => this.#askToClear(),
      challenge: () => this.#askForChallenge(),
      endChallenge: () => this.#command({ action: "end_challenge" }),
    });
    root.replaceChildren(this.#parts.element);
    this.#paper = readTheme(this.#parts.element).background;
    this.#forgetTheme = watchTheme(this.#parts.element, () => this.#repaint());
    this.#stream = new EventStream(data.events_url, {
      opened: () => { this.#state = EMPTY; },
      heard: (message) => this.#heard(message),
      connection: (now) => setText(this.#parts.connection, now === "open" ? "" : this.#voice.say(now)),
      refused: (sentence) => this.#say(sentence ?? this.#voice.say("command_failed")),
    });
  }

  destroy() {
    this.#stream.close();
    this.#forgetTheme();
    cancelAnimationFrame(this.#ticket);
    this.#parts.element.remove();
  }

  #repaint() {
    this.#paper = readTheme(this.#parts.element).background;
    this.#tiles.forEach((tile) => tile.redraw());
  }

  #heard(message) {
    this.#state = apply(this.#state, message);
    this.#ticket ??= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#ticket = null;
    const { tiles, challenge } = this.#state;
    const inOrder = ordered(tiles);
    setText(this.#parts.counts, this.#counted(counts(tiles)));
    this.#parts.empty.hidden = inOrder.length > 0;
    for (const [run, tile] of this.#tiles) if (!tiles[run]?.pictured) { tile.element.remove(); this.#tiles.delete(run); }
    inOrder.forEach((each, index) => this.#place(each, index));
    this.#board.show(tiles);
    this.#showChallenge(challenge);
  }

  /** A tile stands where it belongs; one that is there already is not touched, so that nothing flickers. */
  #place(each, index) {
    if (!this.#tiles.has(each.run)) this.#tiles.set(each.run, new Tile(this.#voice, this.#forTiles));
    const tile = this.#tiles.get(each.run);
    const there = this.#parts.grid.children[index];
    if (there !== tile.element) this.#parts.grid.insertBefore(tile.element, there ?? null);
    tile.show(each);
  }

  #showChallenge(challenge) {
    const { section, text, rows, none } = this.#parts.challenge;
    section.hidden = !challenge;
    if (!challenge) return;
    const best = standing(this.#state.tiles, challenge);
    setText(text, challenge.text);
    none.hidden = best.length > 0;
    const written = challenge.goal === "mse" ? this.#voice.mse : this.#voice.percent;
    rows.replaceChildren(...best.slice(0, 10).map((row) => line(row, written(row.score), this.#voice)));
  }

  #counted({ people, training, waiting, paused }) {
    const values = { people, training, waiting, paused };
    return this.#voice.say("counts", Object.fromEntries(Object.entries(values).map(([k, n]) => [k, this.#voice.integer(n)])));
  }

  #askToClear() {
    const { say } = this.#voice;
    openDialog(this.#parts.element, {
      title: say("clear_title"), text: say("clear_text"), fields: [checkbox("named_too", say("clear_named"))],
      answers: [answer("clear-dialog-confirm", say("clear_confirm"), { destroys: true })], cancel: say("cancel"), testid: "clear-dialog",
      submit: ({ named_too }) => this.#command({ action: "clear", named_too: named_too === "on" }),
    });
  }

  #askForChallenge() {
    const { say } = this.#voice;
    openDialog(this.#parts.element, {
      title: say("challenge_title"), text: say("challenge_text"), testid: "challenge-dialog", cancel: say("cancel"),
      answers: [answer("challenge-dialog-confirm", say("challenge_confirm"))],
      fields: [
        select("preset", say("challenge_preset"), this.#data.presets),
        select("goal", say("challenge_goal"), { mse: say("goal_mse"), knn: say("goal_knn") }),
        number("seconds", say("challenge_seconds"), 60, { min: 1, max: this.#data.longest }),
      ],
      submit: ({ preset, goal, seconds }) => this.#command({ action: "challenge", preset, goal, seconds: Number(seconds) }),
    });
  }

  async #command(message) {
    this.#say(await command(this.#data.commands_url, message).catch(() => this.#voice.say("command_failed")) ?? "");
  }

  #say(problem) {
    setText(this.#parts.problem, problem);
    this.#parts.problem.hidden = !problem;
  }
}

function layout(voice, board, actions) {
  const { say } = voice;
  const button = (testid, click, style = "") => element("button",
    { type: "button", class: `lab-button ${style}`, "data-testid": testid, click }, say(testid.replace("-", "_")));
  const parts = {
    counts: element("p", { class: "lab-counts", role: "status" }),
    connection: element("span", { class: "lab-quiet", role: "status" }, say("connecting")),
    problem: element("p", { class: "lab-error", role: "alert", hidden: true }),
    grid: element("div", { class: "lab-tiles" }),
    empty: element("p", { class: "lab-quiet lab-nobody-yet" }, say("empty")),
    challenge: challengePanel(say, button("end-challenge", actions.endChallenge)),
  };
  parts.element = element("div", { class: "lab-classroom", "data-testid": "classroom" },
    element("header", { class: "lab-room-head" }, parts.counts, parts.connection,
      button("invite", actions.invite), button("set-challenge", actions.challenge), button("pause-all", actions.pauseAll), button("resume-all", actions.resumeAll),
      button("clear-room", actions.clear, "lab-danger")),
    parts.problem,
    element("div", { class: "lab-room" },
      element("div", { class: "lab-room-tiles" }, parts.empty, parts.grid),
      element("aside", {}, parts.challenge.section, board)));
  return parts;
}

function challengePanel(say, end) {
  const text = element("p", { "data-testid": "challenge-text" });
  const rows = element("tbody");
  const none = element("p", { class: "lab-quiet" }, say("challenge_none"));
  const section = element("section", { class: "lab-panel lab-board", hidden: true },
    element("h3", {}, say("challenge")), text, none, element("table", { "data-testid": "challenge-board" }, rows), end);
  return { section, text, rows, none };
}
