// All runs in one list: searched, sorted and filtered in the browser; what changes a run goes to the page.

import { element, setText } from "../shared/element.js";
import { follow } from "../shared/follow.js";
import { takeHome } from "../shared/take_home/take_home.js";
import { voiceOf } from "../shared/voice.js";
import { editDialog } from "./dialogs.js";
import { openingOf } from "./opening.js";
import { Row } from "./row.js";
import { groupsOf, hiddenOthers, shownRows, sortedBy } from "./rows.js";

const FIRST = 12; // rows, until more are wanted
const LEAST = 2; // runs that can be compared
const COLUMNS = ["title", "mse", "who", "created", "status"]; // that can be sorted by

export const READS = {
  data: [
    "lang", "words", "rows", "compare_url", "most_compared", "longest_name", "longest_note", "exports", "uploads_url", "limit_megabytes",
  ],
  "data.exports": ["name", "label", "about"],
  "data.rows": [
    "run", "title", "name", "note", "whose", "who", "latent_dim", "mse", "held_out", "created", "status", "status_label",
    "changeable", "open", "page_url", "thumbnail_url", "exports_url", "own_images",
  ],
};

/** data: RunList in ui/components/descriptions.py; actions: {requested({action, run, …})}. */
export function mount(root, data, actions) {
  let list = new List(root, data, actions);
  return {
    update(next) {
      if (next.lang !== data.lang) list = new List(root, next, actions); // all words are new
      else list.update(next);
      data = next;
    },
    destroy: () => root.replaceChildren(),
  };
}

class List {
  #data;
  #voice;
  #request;
  #view = { text: "", whose: "own", by: null, down: false };
  #most = FIRST;
  #rows = new Map(); // Row by id
  #ticked = []; // ids of runs to compare, in the order in which they were ticked
  #parts;

  constructor(root, data, { requested }) {
    this.#voice = voiceWithDates(data);
    this.#request = requested;
    this.#parts = partsOf(this.#voice, {
      search: (text) => this.#look({ text }),
      choose: (whose) => this.#look({ whose }),
      sort: (column) => this.#look(sortedBy(column, this.#view)),
      more: () => this.#showMore(),
      compare: (event) => this.#compare(event),
    });
    this.#parts.element.append(openingOf(data, this.#voice, (run) => this.#request({ action: "open", run })));
    root.replaceChildren(this.#parts.element);
    this.update(data);
  }

  update(data) {
    this.#data = data;
    const groups = groupsOf(data.rows);
    if (!groups.some(([value]) => value === this.#view.whose)) this.#view = { ...this.#view, whose: groups[0]?.[0] ?? "own" };
    fillGroups(this.#parts.whose, groups, this.#view.whose, this.#voice);
    const there = new Set(data.rows.map((row) => row.run));
    for (const run of this.#rows.keys()) if (!there.has(run)) this.#rows.delete(run);
    this.#ticked = this.#ticked.filter((run) => there.has(run));
    this.#draw();
  }

  #look(change) {
    this.#view = { ...this.#view, ...change };
    this.#most = FIRST;
    this.#draw();
  }

  #showMore() {
    const first = this.#most;
    this.#most = Infinity;
    this.#draw();
    this.#parts.body.children[first]?.querySelector("a").focus();
  }

  #draw() {
    const found = shownRows(this.#data.rows, this.#view);
    const lines = found.slice(0, this.#most).map((row) => this.#line(row));
    const { body, empty, more, others, heads, count } = this.#parts;
    if (lines.length !== body.children.length || lines.some((line, i) => line !== body.children[i])) body.replaceChildren(...lines);
    for (const [column, head] of Object.entries(heads)) markSorted(head, column, this.#view);
    const integer = this.#voice.integer;
    empty.hidden = found.length > 0;
    more.hidden = found.length <= this.#most;
    setText(more, this.#voice.say("more", { n: integer(found.length - lines.length) }));
    const hidden = hiddenOthers(this.#data.rows, this.#view.whose);
    others.hidden = !hidden;
    setText(others, this.#voice.say("others_hidden", { n: integer(hidden) }));
    this.#showTicks();
    setText(count, this.#voice.say("count", { n: integer(found.length), all: integer(this.#data.rows.length) }));
  }

  #tick({ run }, ticked) {
    this.#ticked = ticked ? [...this.#ticked, run] : this.#ticked.filter((other) => other !== run);
    this.#showTicks();
  }

  #showTicks() {
    const n = this.#ticked.length;
    const { compare } = this.#parts;
    for (const [run, row] of this.#rows) row.mark(this.#ticked.includes(run), n >= this.#data.most_compared);
    compare.hidden = n === 0;
    compare.setAttribute("aria-disabled", String(n < LEAST));
    compare.href = this.#data.compare_url + this.#ticked.map(encodeURIComponent).join(",");
    setText(compare, this.#voice.say(n < LEAST ? "compare_more" : "compare", { n: this.#voice.integer(n) }));
  }

  #compare(event) {
    if (this.#ticked.length < LEAST) return event.preventDefault();
    return follow(event);
  }

  #line(row) {
    if (!this.#rows.has(row.run)) this.#rows.set(row.run, new Row(this.#voice, this.#asks()));
    const line = this.#rows.get(row.run);
    line.show(row);
    return line.element;
  }

  #asks() {
    const ask = (action, { run }, more = {}) => this.#request({ action, run, ...more });
    return {
      open: (row) => ask("open", row),
      tick: (row, ticked) => this.#tick(row, ticked),
      more: (row, from) => (row.changeable ? this.#edit(row, from, ask) : this.#takeHome(row, from)),
    };
  }

  #edit(row, from, ask) {
    editDialog(this.#parts.element, this.#voice, row, this.#limits(), from, {
      save: (labels) => ask("label", row, labels),
      remove: () => ask("delete", row),
      takeHome: row.exports_url ? () => this.#takeHome(row, from) : null,
    });
  }

  #takeHome({ title, exports_url, own_images }, from) {
    const { lang, exports } = this.#data;
    takeHome(this.#parts.element, this.#voice, lang, { title, exports_url, own_images }, exports, from);
  }

  #limits() {
    return { name: this.#data.longest_name, note: this.#data.longest_note };
  }
}

/** The voice of all components, and dates. */
function voiceWithDates({ words, lang }) {
  const forms = {
    clock: new Intl.DateTimeFormat(lang, { hour: "numeric", minute: "2-digit" }),
    day: new Intl.DateTimeFormat(lang, { day: "numeric", month: "short" }),
    year: new Intl.DateTimeFormat(lang, { day: "numeric", month: "short", year: "numeric" }),
    moment: new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "short" }),
  };
  const day = (date) => {
    const now = new Date();
    if (date.toDateString() === now.toDateString()) return forms.clock.format(date);
    return forms[date.getFullYear() === now.getFullYear() ? "day" : "year"].format(date);
  };
  return { ...voiceOf(words, lang), day, moment: (date) => forms.moment.format(date) };
}

function partsOf(voice, { search, choose, sort, more, compare }) {
  const heads = Object.fromEntries(COLUMNS.map((column) => [column, element("th", { role: "columnheader", class: "lab-column" },
    element("button", { type: "button", "data-testid": `sort-${column}`, click: () => sort(column) }, voice.say(`column_${column}`)))]));
  const heard = (name, word) => element("th", { role: "columnheader", class: name },
    element("span", { class: "lab-heard" }, voice.say(word)));
  const parts = {
    heads,
    search: element("input", {
      type: "search", class: "lab-search", placeholder: voice.say("search"), "aria-label": voice.say("search"), "data-testid": "run-search",
      input: (event) => search(event.currentTarget.value),
    }),
    whose: element("select", {
      "aria-label": voice.say("whose"), "data-testid": "run-whose", change: (event) => choose(event.currentTarget.value),
    }),
    compare: element("a", { class: "lab-button lab-primary", hidden: true, "data-testid": "run-compare", click: compare }),
    count: element("span", { class: "lab-quiet", role: "status", "data-testid": "run-count" }),
    body: element("tbody", { role: "rowgroup" }),
    empty: element("p", { class: "lab-quiet", hidden: true }, voice.say("nothing")),
    more: element("button", { type: "button", class: "lab-button", hidden: true, "data-testid": "run-show-more", click: more }),
  };
  parts.others = element("button", {
    type: "button", class: "lab-button", hidden: true, "data-testid": "run-show-others",
    click: () => {
      parts.whose.value = "all";
      choose("all");
      parts.whose.focus();
    },
  });
  const head = element("thead", { role: "rowgroup" },
    element("tr", { role: "row" }, heard("lab-tick-cell", "column_tick"), heard("lab-map-cell", "column_map"), ...Object.values(heads), heard("lab-more-cell", "column_change")));
  parts.element = element("section", { class: "lab-run-list", "data-testid": "run-list" },
    element("div", { class: "lab-run-tools" }, parts.search, parts.whose, parts.count, parts.compare),
    element("table", { role: "table", "aria-label": voice.say("runs") }, head, parts.body),
    parts.empty, element("div", { class: "lab-run-tools" }, parts.more, parts.others));
  return parts;
}

function fillGroups(select, groups, chosen, voice) {
  const words = groups.map(([, kind, n, who]) => voice.say(`group_${kind}`, { who, n: voice.integer(n) }));
  const same = select.options.length === groups.length
    && groups.every(([value], i) => select.options[i].value === value && select.options[i].text === words[i]);
  if (!same) select.replaceChildren(...groups.map(([value], i) => element("option", { value }, words[i])));
  select.value = chosen;
}

function markSorted(head, column, { by, down }) {
  if (by === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
  else head.removeAttribute("aria-sort");
}
