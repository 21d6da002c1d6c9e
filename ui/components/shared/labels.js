// Names of labels. Pure.

const NO_NAME = "–"; // the only name that the server gives where digits have no labels

/** Whether digits have labels; `classes`: their names. */
export function isLabelled(classes) {
  return classes.length !== 1 || classes[0] !== NO_NAME;
}
