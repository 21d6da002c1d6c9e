// One run in the list: its small map, its title, its note, and what is known of it.

import { element, setText } from "../shared/element.js";

/** `asks`: {open(row), more(row, button), tick(row, ticked)}. Its element shows the row that it was given last. */
export class Row {
  #voice;
  #parts;
  #row = null;

  constructor(voice, asks) {
    this.#voice = voice;
    this.#parts = partsOf(voice, asks, () => this.#row);
    this.element = this.#parts.element;
  }

  /** ticked: whether it is to be compared; full: whether no more can be. */
  mark(ticked, full) {
    const { tick } = this.#parts;
    tick.checked = ticked;
    tick.disabled = full && !ticked;
  }

  show(row) {
    if (JSON.stringify(row) === JSON.stringify(this.#row)) return;
    this.#row = row;
    const { element: line, map, title, note, mse, unit, who, created, status, more, tick } = this.#parts;
    line.dataset.run = row.run;
    line.dataset.status = row.status;
    line.dataset.whose = row.whose;
    line.classList.toggle("lab-open", row.open);
    show(map, "src", row.thumbnail_url);
    setText(title, row.title);
    title.title = row.title;
    title.href = row.page_url;
    show(title, "aria-current", row.open ? "true" : null);
    setText(note, row.note);
    note.hidden = !row.note;
    setText(mse, row.mse === null ? "–" : this.#voice.mse(row.mse));
    setText(unit, row.mse === null ? "" : this.#voice.say(row.held_out ? "held_out" : "training"));
    setText(who, this.#owner(row));
    describeTime(created, row.created, this.#voice);
    setText(status, row.status_label);
    tick.setAttribute("aria-label", this.#voice.say("tick", { title: row.title }));
    more.hidden = !row.changeable && !row.exports_url;
    const words = !row.changeable ? "take_home_title" : row.exports_url ? "change_or_take" : "change";
    more.setAttribute("aria-label", this.#voice.say(words, { title: row.title }));
  }

  #owner(row) {
    if (row.whose === "others") return row.who || this.#voice.say("unnamed");
    return this.#voice.say(row.whose === "mine" ? "you" : "ships");
  }
}

function partsOf(voice, asks, row) {
  const parts = {
    tick: element("input", { type: "checkbox", "data-testid": "run-tick", change: (event) => asks.tick(row(), event.currentTarget.checked) }),
    map: element("img", { class: "lab-small-map", alt: "", loading: "lazy", width: 64, height: 48 }),
    title: element("a", { class: "lab-title", "data-testid": "run-open", click: (event) => open(event, asks, row()) }),
    note: element("p", { class: "lab-note", "data-testid": "run-note", hidden: true }),
    mse: element("b", {}),
    unit: element("span", { class: "lab-quiet" }),
    who: cell("lab-who"),
    created: element("time", {}),
    status: cell("lab-status"),
    more: element("button", {
      type: "button", class: "lab-more", "data-testid": "run-more", "aria-haspopup": "dialog",
      click: (event) => asks.more(row(), event.currentTarget),
    }, "⋯"),
  };
  parts.element = element("tr", { role: "row", "data-testid": "run-row" },
    cell("lab-tick-cell", element("label", {}, parts.tick)), cell("lab-map-cell", parts.map), cell("lab-name", parts.title, parts.note), cell("lab-mse", parts.mse, " ", parts.unit),
    parts.who, cell("lab-created", parts.created), parts.status, cell("lab-more-cell", parts.more));
  return parts;
}

function cell(name, ...children) {
  return element("td", { class: name, role: "cell" }, ...children);
}

/** A plain click opens the run on this page; with a key held, the browser opens the link as it likes. */
function open(event, asks, row) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  asks.open(row);
}

function show(node, attribute, value) {
  if (value === null) node.removeAttribute(attribute);
  else if (node.getAttribute(attribute) !== value) node.setAttribute(attribute, value);
}

/** Today by the clock, otherwise by the day; exactly on hover. */
function describeTime(node, created, voice) {
  const date = new Date(created);
  const known = created && !Number.isNaN(date.getTime());
  setText(node, known ? voice.day(date) : "–");
  show(node, "datetime", known ? created : null);
  show(node, "title", known ? voice.moment(date) : null);
}
