// The host's challenge and its board, on everyone's Train page; hidden while there is no challenge.

import { voiceOf } from "../shared/voice.js";
import { element, setText } from "../shared/element.js";
import { goToStart, goToTop } from "../shared/start_button.js";

const BETWEEN_MS = 4000; // between an answer and the next request
const ROWS = 3; // of the board, besides one's own

export const READS = { data: ["lang", "words", "challenge_url", "filled_in"] };

/**
 * data: Challenge in ui/components/descriptions.py;
 * actions: {requested({preset})}: the person takes part; {requested({gone: true})}: the page's run has been deleted.
 */
export function mount(root, data, actions) {
  let banner = openBanner(root, data, actions);
  return {
    update(next) {
      const { filled_in: before, ...same } = data;
      const { filled_in: now, ...given } = next;
      data = next;
      if (JSON.stringify(given) === JSON.stringify(same)) {
        if (now !== before) banner.showFilledIn(now);
        return;
      }
      banner.destroy();
      banner = openBanner(root, data, actions);
    },
    destroy: () => banner.destroy(),
  };
}

function openBanner(root, data, { requested }) {
  const voice = voiceOf(data.words, data.lang);
  const text = element("p", { class: "lab-challenge-text", "data-testid": "challenge-text" });
  const done = element("p", { class: "lab-challenge-done", role: "status", "data-testid": "taken-part" });
  const board = element("ol", { "data-testid": "challenge-board" });
  let challenge = null;
  let filledIn = data.filled_in;
  const take = element("button", { type: "button", "data-testid": "take-part", click: () => requested({ preset: challenge.preset }) },
    voice.say("take_part"));
  const onwards = element("button", { type: "button", "data-testid": "to-start", hidden: true, click: goToStart }, voice.say("to_start"));
  const frame = element("section", { class: "lab-challenge", "data-testid": "challenge", "aria-label": voice.say("challenge"), hidden: true },
    element("div", { class: "lab-challenge-head" }, element("strong", {}, voice.say("challenge")), text, take, onwards), done, board);
  let timer = null;
  let open = true;
  let told = false; // that the run is gone

  async function look() {
    if (!document.hidden) await ask();
    if (open) timer = setTimeout(look, BETWEEN_MS);
  }

  async function ask() {
    try {
      const answer = await fetch(data.challenge_url);
      if (open && answer.ok) heard(await answer.json());
    } catch {
      // no server at the moment: keep what is shown
    }
  }

  function heard(answer) {
    if (!open) return;
    show(answer);
    if (answer.run_is_gone && !told) {
      requested({ gone: true });
      goToTop(); // where the page says so
    }
    told = answer.run_is_gone;
  }

  /** The form has the challenge's network: what was done by taking part, and where to go on. */
  function showTaken() {
    const taken = Boolean(challenge) && filledIn === challenge.preset;
    take.hidden = taken;
    onwards.hidden = !taken;
    setText(done, taken ? voice.say("taken_part") : "");
  }

  function show(answer) {
    challenge = answer.challenge;
    showTaken();
    frame.hidden = !challenge;
    if (!challenge) return;
    setText(text, challenge.text);
    const written = challenge.goal === "mse" ? voice.mse : voice.percent;
    board.replaceChildren(...answer.board.filter((row) => row.place <= ROWS || row.mine).map((row) => element("li",
      { class: row.mine ? "lab-mine" : null, value: row.place },
      `${row.who || voice.say(row.mine ? "you" : "unnamed")} `, element("b", {}, written(row.score)))));
  }

  root.replaceChildren(frame);
  look();
  return {
    showFilledIn(preset) {
      filledIn = preset;
      showTaken();
    },
    destroy() {
      open = false;
      clearTimeout(timer);
      frame.remove();
    },
  };
}
