// The dialogs of the list: name and note of a run, and the question before it is deleted.

import { element } from "../shared/element.js";

/**
 * Asks for name and note of a row; `limits`: {name, note} characters at most. Hears one of done: {save({name, note}),
 * remove()}. The focus goes back to `from`.
 */
export function editDialog(root, voice, row, limits, from, done) {
  const name = element("input", {
    name: "name", value: row.name, placeholder: row.title, maxlength: limits.name, autocomplete: "off", "data-testid": "run-name",
  });
  const note = element("textarea", { name: "note", rows: 3, maxlength: limits.note, "data-testid": "run-note-text" }, row.note);
  const dialog = open(root, voice, {
    title: row.title, testid: "run-dialog", from,
    fields: [field(voice.say("name"), name), field(voice.say("note"), note)],
    answers: [
      element("button", { type: "button", class: "lab-button lab-destroys", "data-testid": "run-delete", click: () => remove() },
        voice.say("delete")),
      element("button", { class: "lab-button lab-primary", "data-testid": "run-save" }, voice.say("save")),
    ],
    submit: () => done.save({ name: name.value, note: note.value }),
  });
  const remove = () => {
    dialog.close();
    deleteDialog(root, voice, row, from, done.remove);
  };
}

function deleteDialog(root, voice, row, from, remove) {
  open(root, voice, {
    title: voice.say("delete_title"), text: voice.say("delete_text", { name: row.title }), testid: "run-delete-dialog", from,
    answers: [
      element("button", { class: "lab-button lab-destroys", "data-testid": "run-delete-confirm" }, voice.say("delete_confirm")),
    ],
    submit: remove,
  });
}

function open(root, voice, { title, text, testid, from, fields = [], answers, submit }) {
  const form = element("form", { method: "dialog", submit },
    element("h3", {}, title), text ? element("p", {}, text) : "", ...fields,
    element("div", { class: "lab-answers" }, ...answers,
      element("button", { type: "button", class: "lab-button", "data-testid": "run-keep", click: () => dialog.close() },
        voice.say(fields.length ? "cancel" : "keep"))));
  const close = () => {
    dialog.remove();
    if (from.isConnected) from.focus();
  };
  const dialog = element("dialog", { class: "lab-dialog", "data-testid": testid, "aria-label": title, close }, form);
  root.append(dialog);
  dialog.showModal();
  return dialog;
}

function field(text, input) {
  return element("label", { class: "lab-field" }, text, input);
}
