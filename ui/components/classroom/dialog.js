// A dialog of the browser's own, and the fields in it.

import { element } from "../shared/element.js";

/**
 * Opens a dialog; `done` hears the form's values as an object when its button is pressed, and nothing when not.
 * `destroys`: something is gone for good afterwards.
 */
export function openDialog(root, { title, text, fields = [], confirm, cancel, testid, destroys = false }, done) {
  const form = element("form", { method: "dialog" },
    element("h3", {}, title), text ? element("p", {}, text) : "", ...fields,
    element("div", { class: "lab-answers" },
      element("button", { type: "button", class: "lab-button", click: () => dialog.close() }, cancel),
      element("button", { type: "submit", class: `lab-button ${destroys ? "lab-destroys" : "lab-primary"}`,
        "data-testid": `${testid}-confirm` }, confirm)));
  const dialog = element("dialog", {
    class: "lab-dialog", "data-testid": testid, "aria-label": title, close: () => dialog.remove(),
  }, form);
  form.addEventListener("submit", () => done(Object.fromEntries(new FormData(form))));
  root.append(dialog);
  dialog.showModal();
}

export function checkbox(name, text) {
  return element("label", { class: "lab-check" }, element("input", { type: "checkbox", name }), text);
}

/** options: {value: text} */
export function select(name, text, options) {
  return element("label", { class: "lab-field" }, text, element("select", { name },
    ...Object.entries(options).map(([value, shown]) => element("option", { value }, shown))));
}

export function number(name, text, value, { min, max }) {
  return element("label", { class: "lab-field" }, text,
    element("input", { type: "number", name, value, min, max, required: true }));
}
