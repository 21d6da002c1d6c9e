// Sentences and numbers in the reader's language. Pure: words come from the page, number forms from Intl.

import { separatorsOf } from "../shared/separators.js";
import { GREY } from "./protocol.js";

/** `words` key -> sentence with {named} places; `lang` a BCP 47 tag such as "es". */
export function voiceOf(words, lang) {
  // Made once: a formatter costs far more than what it formats, and a chart has thousands of numbers.
  const whole = numberForm(lang, { maximumFractionDigits: 0 });
  const mse = numberForm(lang, { minimumFractionDigits: 4, maximumFractionDigits: 4 });
  const tenths = numberForm(lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const rate = numberForm(lang, { maximumSignificantDigits: 4, useGrouping: false });
  const say = (key, values = {}) => fill(words[key] ?? key, values);
  return {
    say, mse, rate,
    integer: whole,
    grey: (value) => whole(value * GREY),
    duration: (seconds) => duration(seconds, say, whole, tenths),
    percent: numberForm(lang, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    separators: separatorsOf(lang),
  };
}

function numberForm(lang, options) {
  const form = new Intl.NumberFormat(lang, { useGrouping: "always", ...options });
  return (value) => form.format(value);
}

/** "0.6 s", "42 s", "12 min", "1 h 20 min": as exact as is useful. */
function duration(seconds, say, whole, tenths) {
  if (seconds < 9.95) return say("seconds", { value: tenths(seconds) });
  if (seconds < 90) return say("seconds", { value: whole(seconds) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return say("minutes", { value: whole(minutes) });
  return say("hours", { hours: whole(Math.floor(minutes / 60)), minutes: whole(minutes % 60) });
}

/** A learning rate as typed, with a point or a comma: a number > 0 and <= 1, else null. */
export function parseRate(text) {
  const plain = text.trim().replace(",", ".");
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null;
  const rate = Number(plain);
  return rate > 0 && rate <= 1 ? rate : null;
}

function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}
