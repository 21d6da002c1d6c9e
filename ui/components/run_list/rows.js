// Which runs of a list are shown, and in what order. Pure; a row is RunRow in ui/components/descriptions.py.

const PERSON = "person:"; // before a nickname: the runs of one person

/** How each column sorts: what is compared, and whether the first click sorts downwards. */
const COLUMNS = {
  title: { compare: (a, b) => a.title.localeCompare(b.title, undefined, { numeric: true }), down: false },
  mse: { of: (row) => row.mse, down: false },
  who: { compare: (a, b) => a.who.localeCompare(b.who), down: false },
  created: { of: (row) => Date.parse(row.created), down: true },
  status: { compare: (a, b) => a.status_label.localeCompare(b.status_label), down: false },
};

/** {by: name of a column or null, down} after a click on a column: first as it usually sorts, then turned, then not. */
export function sortedBy(column, { by, down }) {
  const usual = COLUMNS[column].down;
  if (by !== column) return { by: column, down: usual };
  return down === usual ? { by: column, down: !usual } : { by: null, down: false };
}

/** The rows that fit, sorted; view: {text, whose, by, down}. Rows without a number come last either way. */
export function shownRows(rows, { text, whose, by, down }) {
  const words = folded(text).split(/\s+/).filter(Boolean);
  const fitting = rows.filter((row) => belongs(row, whose) && words.every((word) => searched(row).includes(word)));
  if (!by) return fitting;
  const { compare, of } = COLUMNS[by];
  const turn = down ? -1 : 1;
  if (compare) return [...fitting].sort((a, b) => turn * compare(a, b));
  const [known, unknown] = [fitting.filter((row) => isNumber(of(row))), fitting.filter((row) => !isNumber(of(row)))];
  return [...known.sort((a, b) => turn * (of(a) - of(b))), ...unknown];
}

/**
 * Whose runs can be chosen: [[value, kind, count, nickname], …]; kind "own" (one's own, the shipped ones and the open
 * one), "mine", "shipped", "all", "person" or "unnamed". Only groups that have runs; those of others by nickname.
 */
export function groupsOf(rows) {
  const count = (value) => rows.filter((row) => belongs(row, value)).length;
  const people = [...new Set(rows.filter((row) => row.whose === "others").map((row) => row.who))]
    .sort((a, b) => (a === "") - (b === "") || a.localeCompare(b));
  const kinds = ["own", "mine", "shipped", "all"].map((kind) => [kind, kind, count(kind), ""]);
  const theirs = people.map((who) => [PERSON + who, who ? "person" : "unnamed", count(PERSON + who), who]);
  return [...kinds, ...theirs].filter(([, , n]) => n > 0);
}

/** How many rows of others the first view leaves out. */
export function hiddenOthers(rows, whose) {
  return whose === "own" ? rows.filter((row) => !belongs(row, whose)).length : 0;
}

function belongs(row, whose) {
  if (whose === "all") return true;
  if (whose === "own") return row.whose !== "others" || row.open;
  if (whose.startsWith(PERSON)) return row.whose === "others" && row.who === whose.slice(PERSON.length);
  return row.whose === whose;
}

function searched(row) {
  return folded(`${row.title} ${row.note} ${row.who} ${row.status_label} ${row.latent_dim}-d`);
}

/** Without capitals and accents: "Zoë" is found by "zoe". */
function folded(text) {
  return text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();
}

function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}
