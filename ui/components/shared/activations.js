// The activation functions, the same numbers as Keras.

/** In place on a Float32Array; the functions and their constants are Keras's defaults. */
export const ACTIVATIONS = {
  linear: () => {},
  relu: each((x) => (x > 0 ? x : 0)),
  sigmoid: each(sigmoid),
  tanh: each(Math.tanh),
  silu: each((x) => x * sigmoid(x)),
  gelu: each((x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2))),
  elu: each((x) => (x > 0 ? x : Math.expm1(x))),
  selu: each((x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))),
  softplus: each((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
};

/** The error function to 1.2e-7 (erfcc of Numerical Recipes, section 6.2). */
export function erf(x) {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  let polynomial = 0;
  for (const coefficient of ERFC_COEFFICIENTS) polynomial = polynomial * t + coefficient;
  const tail = t * Math.exp(-x * x + polynomial);
  return x >= 0 ? 1 - tail : tail - 1;
}

const ERFC_COEFFICIENTS = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
  -1.26551223,
];

function each(f) {
  return (values) => {
    for (let i = 0; i < values.length; i++) values[i] = f(values[i]);
  };
}

function sigmoid(x) {
  return 1 / (1 + Math.exp(-x));
}
