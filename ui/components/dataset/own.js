// The data sets that this person has added: renamed and deleted here.

import { command } from "../shared/commands.js";
import { answer, field, openDialog } from "../shared/dialog.js";
import { element } from "../shared/element.js";

/** own: {id, name, count}[]; done(): the page's list is old. */
export function ownList(root, { own, datasets_url: url, lang }, voice, done, failed) {
  const told = (message) => command(`${url}?lang=${lang}`, message)
    .then((error) => (error ? failed(error) : done()), () => failed(voice.say("not_sent")));
  const rows = own.map((each) => element("li", {},
    element("span", {}, voice.say("yours_one", { name: each.name, count: voice.integer(each.count) })),
    button("rename", (event) => rename(root, each, voice, event.currentTarget, (name) => told({ action: "rename", dataset: each.id, name }))),
    button("delete", (event) => remove(root, each, voice, event.currentTarget, () => told({ action: "delete", dataset: each.id })))));

  function button(action, click) {
    return element("button", { type: "button", class: "lab-button lab-small", "data-testid": `dataset-${action}`, click }, voice.say(action));
  }
  return own.length ? element("div", { class: "lab-yours" }, element("b", {}, voice.say("yours")), element("ul", {}, ...rows)) : "";
}

function rename(root, each, voice, from, submit) {
  const input = element("input", { name: "name", value: each.name, maxlength: 60, required: true });
  openDialog(root, {
    title: voice.say("rename"), fields: [field(voice.say("name"), input)], answers: [answer("dataset-save", voice.say("save"))],
    cancel: voice.say("cancel"), testid: "dataset-rename-dialog", from, submit: ({ name }) => submit(name),
  });
}

function remove(root, each, voice, from, submit) {
  openDialog(root, {
    title: voice.say("delete_sure", { name: each.name }), text: voice.say("delete_text"),
    answers: [answer("dataset-delete-sure", voice.say("delete"), { destroys: true })],
    cancel: voice.say("keep"), testid: "dataset-delete-dialog", from, submit,
  });
}
