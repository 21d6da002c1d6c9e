// Take it home: all that a finished run can be saved as. Each file is made when it is asked for.

import { checkbox, openDialog } from "../dialog.js";
import { element, setText } from "../element.js";
import { save } from "../save.js";
import { fetched } from "./files.js";

const MEGABYTE = 1e6;

/**
 * Opens the dialog. `run`: {title, exports_url, own_images: whether images of one's own can go along};
 * `exports`: [{name, label, about}]. The focus goes back to `from`.
 */
export function takeHome(root, voice, lang, run, exports, from) {
  const status = element("p", { class: "lab-quiet", role: "status", "data-testid": "take-home-status" });
  const error = element("p", { class: "lab-trouble", role: "alert", "data-testid": "take-home-error" });
  const tick = run.own_images ? checkbox("images", voice.say("take_home_images")) : "";
  const buttons = exports.map((each) => element("button", {
    type: "button", class: "lab-export", "data-testid": `take-home-${each.name}`, click: () => take(each),
  }, element("b", {}, each.label), element("span", {}, each.about)));
  const asking = new AbortController();
  let busy = false;

  async function take({ name, label }) {
    if (busy) return;
    show(true, voice.say("take_home_making", { what: label }));
    const images = tick && tick.querySelector("input").checked ? "&images=1" : "";
    try {
      const file = await fetched(`${run.exports_url}${name}?lang=${lang}${images}`, asking.signal);
      save(file);
      show(false, voice.say("take_home_done", { file: file.name, size: voice.tick(Math.ceil(file.blob.size / MEGABYTE * 10) / 10) }));
    } catch (problem) {
      if (asking.signal.aborted) return;
      show(false, "", problem.said ?? voice.say("take_home_failed"));
    }
  }

  function show(now, said, trouble = "") {
    busy = now;
    for (const button of buttons) button.setAttribute("aria-disabled", String(now));
    setText(status, said);
    setText(error, trouble);
  }

  const dialog = openDialog(root, {
    title: voice.say("take_home_title", { title: run.title }), testid: "take-home-dialog", from, cancel: voice.say("take_home_close"),
    fields: [element("div", { class: "lab-exports" }, ...buttons), tick, status, error], answers: [], submit() {},
  });
  dialog.classList.add("lab-take-home");
  dialog.addEventListener("close", () => asking.abort());
  return dialog;
}
