// The messages of a run, folded into the one state that every view draws from. Pure: no page, no network.

import { decodeFrame } from "./frames.js";

export const EMPTY = Object.freeze({
  run: null, points: [], parts: {}, epochs: [], frame: null, notices: [], marks: [], ended: false,
});

/** One message in, the next state out; the old state stays as it was. */
export function apply(state, message) {
  switch (message.type) {
    case "run": return { ...state, run: message };
    case "points": return {
      ...state,
      points: continued(state.points, message.from, message.points),
      parts: mapValues(message.parts ?? {}, (values, name) => continued(state.parts[name] ?? [], message.from, values)),
    };
    case "epochs": return { ...state, epochs: continued(state.epochs, message.from, message.epochs) };
    case "frame": return { ...state, frame: decodeFrame(message) };
    case "notices": return { ...state, notices: message.notices };
    case "marks": return { ...state, marks: message.marks };
    case "end": return { ...state, ended: true };
    default: return state; // a newer server may say more than this page knows
  }
}

/** An object with the same names, each value changed by change(value, name). */
export function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value, name)]));
}

function continued(known, from, added) {
  return known.slice(0, from).concat(added);
}
