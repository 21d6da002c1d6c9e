// The state of a map's view: what the person chose. Listeners hear of each change; a part of it stands in the address.

const DEFAULTS = {
  colour: "label", digits: "all", axes: null, label: null, digit: null, epoch: null, // epoch: the replay's, or null; draw: 1 while one draws
  draw: null, selection: null, beside: null, equal: true, numerals: true, pictures: false, blend: 0, // blend: 0 only points .. 1 only the manifold
};

const IN_ADDRESS = ["colour", "digits", "axes", "digit", "epoch", "beside", "label", "draw", "selection"];

/**
 * classes: how many there are; rest: the tool that is in hand while none is chosen. Listeners are called with
 * (state, patch) after each change.
 */
export function createView(initial, classes, rest = restingTool()) {
  const listeners = [];
  const view = {
    state: { ...sound({ ...DEFAULTS, ...withoutNulls(initial) }, classes), tool: rest },
    rest,
    listen: (listener) => listeners.push(listener),
    set(patch) {
      const changed = Object.fromEntries(Object.entries(patch).filter(([key, value]) => view.state[key] !== value));
      if (!Object.keys(changed).length) return;
      Object.assign(view.state, changed);
      for (const listener of listeners) listener(view.state, changed);
    },
  };
  return view;
}

/** A finger scrolls the page until its person has chosen to move the map; a mouse moves it. */
function restingTool() {
  return globalThis.matchMedia?.("(any-pointer: coarse)").matches ? "point" : "pan";
}

/** The part of the view that an address keeps; window: ranges {x, y} or {camera} as the person left it, or null. */
export function addressOf(state, window) {
  const kept = Object.fromEntries(IN_ADDRESS.map((key) => [key, state[key]]));
  const { x: [x0, x1] = [null, null], y: [y0, y1] = [null, null], camera = null } = window ?? {};
  return { ...kept, equal: state.equal ? null : 0, pictures: state.pictures ? 1 : null, x0, x1, y0, y1, camera: camera && camera.map(rounded).join() };
}

/** The window that an address names, on a plane or in space; or null. */
export function windowOf(view = {}) {
  const camera = view.camera?.split(",").map(parseFloat) ?? [];
  if (camera.length === CAMERA && sees(camera)) return { camera };
  const values = [view.x0, view.x1, view.y0, view.y1];
  if (!values.every((value) => Number.isFinite(value))) return null;
  return { x: [view.x0, view.x1], y: [view.y0, view.y1] };
}

const CAMERA = 9; // numbers: where the eye is, what it looks at, which way is up
const FARTHEST = 100; // sides of the cube

/** Whether it looks anywhere, from not too far, and not straight along what it calls up. */
function sees(camera) {
  const [eye, centre, up] = [0, 3, 6].map((from) => camera.slice(from, from + 3));
  const [x, y, z] = eye.map((value, k) => value - centre[k]);
  const aside = Math.hypot(y * up[2] - z * up[1], z * up[0] - x * up[2], x * up[1] - y * up[0]);
  return camera.every((value) => Math.abs(value) < FARTHEST) && aside > 1e-3;
}

const rounded = (value) => Number(value.toFixed(3));

export function debounced(milliseconds, call) {
  let timer = null;
  const later = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...values), milliseconds);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** An address may hold anything: a label that there is none of is left out. */
function sound(state, classes) {
  const label = Number.isInteger(state.label) && state.label >= 0 && state.label < classes ? state.label : null;
  return { ...state, label, equal: Boolean(state.equal), pictures: Boolean(state.pictures) };
}

function withoutNulls(values) {
  return Object.fromEntries(Object.entries(values).filter(([key, value]) => key in DEFAULTS && value !== null));
}
