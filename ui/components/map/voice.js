// Sentences and numbers in the reader's language. Pure: words come from the page, number forms from Intl.

import { separatorsOf } from "../shared/separators.js";

const GREY = 65025; // MSE on [0, 1] times 255² = squared grey levels

const CODE = { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: "negative" }; // no −0.00

export function voiceOf(words, lang) {
  const number = (value, options) => new Intl.NumberFormat(lang, { useGrouping: "always", ...options }).format(value);
  return {
    say: (key, values = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place),
    integer: (value) => number(value, { maximumFractionDigits: 0 }),
    share: (value) => number(value, { style: "percent", maximumFractionDigits: 0 }),
    mse: (value) => number(value, { minimumFractionDigits: 4, maximumFractionDigits: 4 }),
    grey: (mse) => number(mse * GREY, { maximumFractionDigits: 0 }),
    code: (value) => number(value, CODE),
    separators: separatorsOf(lang),
    epoch: (value) => number(value, { maximumFractionDigits: 1 }),
  };
}
