// The dialogs of the list: name and note of a run, and the question before it is deleted.

import { answer, field, openDialog } from "../shared/dialog.js";
import { element } from "../shared/element.js";

/**
 * Asks for name and note of a row; `limits`: {name, note} characters at most. Hears one of done: {save({name, note}),
 * remove(), takeHome() or null}. The focus goes back to `from`.
 */
export function editDialog(root, voice, row, limits, from, done) {
  const name = element("input", {
    name: "name", value: row.name, placeholder: row.title, maxlength: limits.name, autocomplete: "off", "data-testid": "run-name",
  });
  const note = element("textarea", { name: "note", rows: 3, maxlength: limits.note, "data-testid": "run-note-text" }, row.note);
  const remove = () => {
    dialog.close();
    deleteDialog(root, voice, row, from, done.remove);
  };
  const home = done.takeHome && element("button", {
    type: "button", class: "lab-button", "data-testid": "run-take-home",
    click: () => {
      dialog.close();
      done.takeHome();
    },
  }, voice.say("take_home"));
  const dialog = openDialog(root, {
    title: row.title, testid: "run-dialog", from, cancel: voice.say("cancel"),
    fields: [field(voice.say("name"), name), field(voice.say("note"), note)],
    answers: [
      answer("run-delete", voice.say("delete"), { destroys: true, click: remove }),
      ...(home ? [home] : []),
      answer("run-save", voice.say("save")),
    ],
    submit: done.save,
  });
}

function deleteDialog(root, voice, row, from, remove) {
  openDialog(root, {
    title: voice.say("delete_title"), text: voice.say("delete_text", { name: row.title }), testid: "run-delete-dialog", from,
    cancel: voice.say("keep"),
    answers: [answer("run-delete-confirm", voice.say("delete_confirm"), { destroys: true })],
    submit: () => remove(),
  });
}
