// Sentences and numbers in the reader's language. Pure: words come from the page, number forms from Intl.

export const GREY = 65025; // 255²: squared grey levels in one unit of MSE on [0, 1]

const MINUS = "\u2212"; // as Plotly writes it on its axes

const MARK = /\[([^\]]+)\]\(\w+\)/g; // [MSE](mse)

/** `words` key -> sentence with {named} places; `lang` a BCP 47 tag such as "es-MX": numbers go by the region. */
export function voiceOf(words, lang) {
  // Made once: a formatter costs far more than what it formats, and a chart has thousands of numbers.
  const form = (options) => numberForm(lang, options);
  const whole = form({ maximumFractionDigits: 0 });
  const tenths = form(fixed(1));
  const marked = (key, values = {}) => fill(words[key] ?? key, values);
  const say = (key, values) => marked(key, values).replace(MARK, "$1");
  return {
    say,
    marked, // as `say`, with the marks of words that explain themselves: for setMarked of term.js
    integer: whole,
    mse: form(fixed(4)),
    grey: (mse) => whole(mse * GREY),
    part: form({ minimumSignificantDigits: 4, maximumSignificantDigits: 4 }),
    code: form({ ...fixed(2), signDisplay: "negative" }), // no −0.00
    tick: form({ maximumSignificantDigits: 6 }),
    share: form({ style: "percent", maximumFractionDigits: 0 }),
    percent: form({ style: "percent", ...fixed(1) }),
    epoch: form({ maximumFractionDigits: 1 }),
    rate: form({ maximumSignificantDigits: 4, useGrouping: false }),
    duration: (seconds) => duration(seconds, say, whole, tenths),
    separators: separatorsOf(lang),
  };
}

function numberForm(lang, options) {
  const form = new Intl.NumberFormat(lang, { useGrouping: "always", ...options });
  return (value) => form.format(value).replace("-", MINUS);
}

function fixed(digits) {
  return { minimumFractionDigits: digits, maximumFractionDigits: digits };
}

/** "0.6 s", "42 s", "12 min", "1 h 20 min": as exact as is useful. */
function duration(seconds, say, whole, tenths) {
  if (seconds < 9.95) return say("seconds", { value: tenths(seconds) });
  if (seconds < 90) return say("seconds", { value: whole(seconds) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return say("minutes", { value: whole(minutes) });
  return say("hours", { hours: whole(Math.floor(minutes / 60)), minutes: whole(minutes % 60) });
}

/** Decimal and thousands sign, as Plotly wants them: ".," in English, ",." in Spanish. */
function separatorsOf(lang) {
  const parts = new Intl.NumberFormat(lang, { useGrouping: "always" }).formatToParts(12345.6);
  const sign = (type) => parts.find((part) => part.type === type)?.value ?? "";
  return sign("decimal") + sign("group");
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}
