// A selection's name: given to one that was just drawn, changed or taken away by the owner of the run, and chips that open each.

import { answer, field, openDialog } from "../../shared/dialog.js";
import { element, setText } from "../../shared/element.js";
import { press, toolButton } from "./buttons.js";

/**
 * lab: {named, voice, frame}; digits: indices of a selection; chosen: the named one that is shown, or null; opened(id): another
 * one is to be shown, null: none.
 */
export function namingParts({ named, voice, frame }, digits, chosen, opened) {
  if (!named.offered) return [];
  if (!named.mine()) return chosen ? [] : [element("p", { "data-testid": "naming-others" }, voice.say("naming_others"))];
  const refused = element("p", { class: "lab-refused", role: "alert", "data-testid": "naming-refused" });

  async function attempt(message, done) {
    setText(refused, "");
    try {
      const problem = await named.change(message);
      if (problem) setText(refused, problem);
      else done();
    } catch (error) {
      console.error(error);
      setText(refused, voice.say("naming_not_sent"));
    }
  }

  if (!chosen) return [form(digits, attempt), refused];
  return [element("div", { class: "lab-naming" }, renameButton(), deleteButton()), refused];

  function form(all, submitted) {
    const name = nameInput("");
    const last = () => opened(named.all().at(-1).id);
    const submit = (event) => {
      event.preventDefault();
      submitted({ action: "name", name: name.value, digits: all }, last);
    };
    return element("form", { class: "lab-naming", submit }, name, element("button", {
      type: "submit", class: "lab-tool lab-bordered", "data-testid": "selection-name-it", title: voice.say("naming_help"),
    }, voice.say("naming")));
  }

  function nameInput(value) {
    return element("input", {
      name: "name", value, maxlength: named.longest(), required: true, autocomplete: "off", "data-testid": "selection-name",
      placeholder: voice.say("naming_name"), "aria-label": voice.say("naming_name"),
    });
  }

  function renameButton() {
    const submit = ({ name }) => attempt({ action: "rename", selection: chosen.id, name }, () => opened(chosen.id));
    const ask = (event) => openDialog(frame, {
      title: voice.say("naming_rename"), fields: [field(voice.say("naming_name"), nameInput(chosen.name))], submit,
      answers: [answer("selection-save", voice.say("naming_save"))], cancel: voice.say("cancel"), testid: "selection-dialog",
      from: event.currentTarget,
    });
    return toolButton("selection-rename", voice.say("naming_rename"), ask, { class: "lab-tool lab-bordered" });
  }

  function deleteButton() {
    const submit = () => attempt({ action: "delete", selection: chosen.id }, () => opened(null));
    const ask = (event) => openDialog(frame, {
      title: voice.say("naming_delete_title", { name: chosen.name }), text: voice.say("naming_delete_text"), submit,
      answers: [answer("selection-delete-sure", voice.say("naming_delete"), { destroys: true })], cancel: voice.say("keep"),
      testid: "selection-delete-dialog", from: event.currentTarget,
    });
    return toolButton("selection-delete", voice.say("naming_delete"), ask, { class: "lab-tool lab-bordered" });
  }
}

/** A chip for each named selection; open(id) shows it. Nothing is seen while there is none. */
export function namedChips({ named, voice, view }, open) {
  const group = element("span", {
    class: "lab-named", role: "group", "aria-label": voice.say("named"), "data-testid": "named-selections", hidden: true,
  });

  function draw() {
    const chips = named.all().map(({ id, name, digits }) => {
      const chip = element("button", {
        type: "button", class: "lab-chip", "data-selection": id, click: () => open(id),
        title: voice.say("named_open", { name, count: voice.integer(digits.length) }),
      }, element("span", { class: "lab-chip-name" }, name), element("small", {}, voice.integer(digits.length)));
      press(chip, view.state.selection === id);
      return chip;
    });
    group.hidden = !chips.length;
    group.replaceChildren(element("span", {}, voice.say("named")), ...chips);
  }

  named.listen(draw);
  view.listen((state, changed) => "selection" in changed && draw());
  return group;
}
