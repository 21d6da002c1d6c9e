// A dialog of the browser's own, the fields in it and the buttons below.

import { element } from "./element.js";

/**
 * Opens a dialog. `answers`: buttons of a form, as `answer` makes them; `cancel`: the word on the button that changes
 * nothing, and where the focus begins if an answer destroys something. `submit` hears the values of the fields as an object
 * when an answer is pressed. The focus goes back to `from`.
 */
export function openDialog(root, { title, text, fields = [], answers, cancel, testid, from = null, submit }) {
  const destroys = answers.some((each) => each.type === "submit" && each.classList.contains("lab-destroys"));
  const nothing = element("button", {
    type: "button", class: "lab-button", "data-testid": `${testid}-cancel`, autofocus: destroys, click: () => dialog.close(),
  }, cancel);
  const form = element("form", { method: "dialog", submit: () => submit(Object.fromEntries(new FormData(form))) },
    element("h3", {}, title), text ? element("p", {}, text) : "", ...fields,
    element("div", { class: "lab-answers" }, ...answers, nothing));
  const close = () => {
    dialog.remove();
    if (from?.isConnected) from.focus();
  };
  const dialog = element("dialog", { class: "lab-dialog", "data-testid": testid, "aria-label": title, close }, form);
  root.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A button that submits the dialog's form or, given `click`, does that. `destroys`: something is gone afterwards. */
export function answer(testid, text, { destroys = false, click = null } = {}) {
  return element("button", {
    type: click ? "button" : "submit", class: `lab-button ${destroys ? "lab-destroys" : "lab-primary"}`, "data-testid": testid, click,
  }, text);
}

/** A named input, text area or select box under its label. */
export function field(text, control) {
  return element("label", { class: "lab-field" }, text, control);
}

export function checkbox(name, text) {
  return element("label", { class: "lab-check" }, element("input", { type: "checkbox", name }), text);
}

/** options: {value: text} */
export function select(name, text, options) {
  return field(text, element("select", { name },
    ...Object.entries(options).map(([value, shown]) => element("option", { value }, shown))));
}

export function number(name, text, value, { min, max }) {
  return field(text, element("input", { type: "number", name, value, min, max, required: true }));
}
