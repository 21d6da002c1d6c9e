// The host's challenge and its board, on everyone's Train page; hidden while there is no challenge.

import { voiceOf } from "../shared/voice.js";
import { element, setText } from "../shared/element.js";

const BETWEEN_MS = 4000; // between an answer and the next request
const ROWS = 3; // of the board, besides one's own

export const READS = { data: ["lang", "words", "challenge_url"] };

/** data: Challenge in ui/components/descriptions.py; actions: {requested({preset})}: the person takes part. */
export function mount(root, data, actions) {
  let banner = openBanner(root, data, actions);
  return {
    update(next) {
      if (JSON.stringify(next) === JSON.stringify(data)) return;
      banner.destroy();
      data = next;
      banner = openBanner(root, data, actions);
    },
    destroy: () => banner.destroy(),
  };
}

function openBanner(root, data, { requested }) {
  const voice = voiceOf(data.words, data.lang);
  const text = element("p", { class: "lab-challenge-text", "data-testid": "challenge-text" });
  const board = element("ol", { "data-testid": "challenge-board" });
  let challenge = null;
  const take = element("button", { type: "button", "data-testid": "take-part", click: () => requested({ preset: challenge.preset }) },
    voice.say("take_part"));
  const frame = element("section", { class: "lab-challenge", "data-testid": "challenge", hidden: true },
    element("div", { class: "lab-challenge-head" }, element("strong", {}, voice.say("challenge")), text, take), board);
  let timer = null;
  let open = true;

  async function look() {
    try {
      const answer = await fetch(data.challenge_url);
      if (open && answer.ok) show(await answer.json());
    } catch {
      // no server at the moment: keep what is shown
    }
    if (open) timer = setTimeout(look, BETWEEN_MS);
  }

  function show(answer) {
    challenge = answer.challenge;
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
    destroy() {
      open = false;
      clearTimeout(timer);
      frame.remove();
    },
  };
}
