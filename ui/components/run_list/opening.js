// Open a run from a file: it is sent, checked by the server, and kept as a run of one's own.

import { command, question } from "../shared/commands.js";
import { element, setText } from "../shared/element.js";
import { MEGABYTE, send } from "../shared/sending.js";

/** A button for a file, and what becomes of it. `opened(run)` hears the id; data: RunList in ui/components/descriptions.py. */
export function openingOf(data, voice, opened) {
  const file = element("input", {
    type: "file", accept: ".zip,.keras", class: "lab-heard", "data-testid": "run-file", change: ({ target }) => take(target.files[0]),
  });
  const choose = element("label", { class: "lab-button lab-file" }, voice.say("open_file"), file);
  const status = element("span", { class: "lab-quiet", role: "status", "data-testid": "run-file-status" });
  const error = element("span", { class: "lab-trouble", role: "alert", "data-testid": "run-file-error" });

  async function take(chosen) {
    if (!chosen) return;
    file.value = ""; // the same file may be chosen again
    setText(error, "");
    const most = data.limit_megabytes;
    if (chosen.size > most * MEGABYTE) {
      return setText(error, voice.say("open_too_large", { size: voice.integer(chosen.size / MEGABYTE), most: voice.integer(most) }));
    }
    busy(true);
    try {
      const told = (bytes) => setText(status, voice.say("open_sending", { share: voice.share(bytes / Math.max(1, chosen.size)) }));
      told(0);
      const upload = await send([chosen], data.uploads_url, data.lang, told).answer;
      setText(status, voice.say("open_reading"));
      const run = await asked(upload);
      opened(run);
    } catch ({ said, message }) {
      setText(error, said ?? (message || voice.say("open_failed")));
    }
    busy(false);
    return setText(status, "");
  }

  async function asked(upload) {
    const url = `${data.uploads_url}/${upload}?lang=${data.lang}`;
    const answer = await question(url, { action: "open" }).catch(() => ({}));
    if (answer.run) return answer.run;
    command(url, { action: "forget" }).catch(() => {}); // what cannot be opened need not stay
    throw Object.assign(new Error(""), { said: answer.error });
  }

  function busy(now) {
    file.disabled = now;
    choose.classList.toggle("lab-waits", now);
  }

  return element("div", { class: "lab-run-tools" }, choose, status, error);
}
