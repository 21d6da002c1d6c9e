// Codes of the prior: standard normal numbers, and their quantiles. Pure.

/** `count` codes of d standard normal numbers each (Box and Muller 1958); random() in [0, 1) as Math.random. */
export function drawCodes(count, d, random) {
  return Array.from({ length: count }, () => Float32Array.from({ length: d }, () => normal(random)));
}

function normal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The two dimensions of (n, d) codes that vary most, in their order; fewer where d is smaller. */
export function widestTwo(codes, d) {
  const widths = Array.from({ length: d }, (_, k) => [variance(codes, d, k), k]);
  return widths.sort((a, b) => b[0] - a[0]).slice(0, 2).map(([, k]) => k).sort((a, b) => a - b);
}

function variance(codes, d, k) {
  let [sum, squares] = [0, 0];
  for (let i = k; i < codes.length; i += d) {
    sum += codes[i];
    squares += codes[i] ** 2;
  }
  const n = codes.length / d;
  return squares / n - (sum / n) ** 2;
}

/**
 * Codes in rows of `side`, from the top: two dimensions run evenly over the quantiles of the standard normal
 * distribution, so that each cell is as likely (Kingma and Welling 2014, figure 4); the others are 0. One row where d is 1.
 */
export function quantileCodes(side, d, dimensions = [0, 1]) {
  const at = Array.from({ length: side }, (_, index) => quantile((index + 0.5) / side));
  const rows = d === 1 ? [0] : [...at].reverse();
  return rows.flatMap((y) => at.map((x) => Float32Array.from({ length: d }, (_, k) => [x, y][dimensions.indexOf(k)] ?? 0)));
}

/** x below which a standard normal number lies with probability p in (0, 1); to 1e-9 (Acklam's rational approximation). */
export function quantile(p) {
  if (p > 0.5) return -quantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(TAIL, q) / (polynomial(TAIL_BELOW, q) * q + 1);
  }
  const q = p - 0.5;
  return (polynomial(MIDDLE, q * q) * q) / (polynomial(MIDDLE_BELOW, q * q) * q * q + 1);
}

function polynomial(coefficients, x) {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

const MIDDLE = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1, 2.506628277459239,
];
const MIDDLE_BELOW = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];
const TAIL = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783,
];
const TAIL_BELOW = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];
