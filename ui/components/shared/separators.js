// How numbers along an axis are written in a language.

/** Decimal and thousands sign, as Plotly wants them: ".," in English, ",." in Spanish. */
export function separatorsOf(lang) {
  const parts = new Intl.NumberFormat(lang, { useGrouping: "always" }).formatToParts(12345.6);
  const sign = (type) => parts.find((part) => part.type === type)?.value ?? "";
  return sign("decimal") + sign("group");
}
