// The state behind the sliders: a code, and where it came from. Pure.

/** data: {dimensions, low, high, average, by_label}; origin: {kind: "average" | "label" | "digit", …}. */
export function createDials({ dimensions, low, high, average, by_label: byLabel }) {
  let code = Float64Array.from(average);
  let origin = { kind: "average", moved: false };

  function begin(values, from) {
    code = Float64Array.from(values);
    origin = { ...from, moved: false };
  }

  return {
    dimensions,
    get code() {
      return code; // all dimensions, those without a slider too
    },
    get origin() {
      return origin;
    },
    reset: () => begin(average, { kind: "average" }),
    label: (label) => begin(byLabel[label], { kind: "label", label }),
    digit: ({ index, label, code: values }) => begin(values, { kind: "digit", index, label }),
    turn(dimension, value) {
      code[dimension] = value;
      origin = { ...origin, moved: true };
    },
    /** Range and step of a slider. fixed: the dimension is constant over all digits, so its slider is disabled. */
    range: (dimension) => ({
      low: low[dimension], high: high[dimension], fixed: !(high[dimension] > low[dimension]),
      step: (high[dimension] - low[dimension]) / 200,
    }),
  };
}
