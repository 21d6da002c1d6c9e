// What a person types as a learning rate. Pure.

/** A learning rate as typed, with a point or a comma: a number > 0 and <= `most`, else null. */
export function parseRate(text, most) {
  const plain = text.trim().replace(",", ".");
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null;
  const rate = Number(plain);
  return rate > 0 && rate <= most ? rate : null;
}
