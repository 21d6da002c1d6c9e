// The choice of axes where codes have three dimensions or more: a projection, or any two dimensions; and axis titles.

import { dropDown } from "./buttons.js";

/** projections: names of those offered, such as "pca"; if empty, axes cannot be chosen. */
export function axesChoice(projections, mapData, view, voice) {
  if (!projections.length) return [];
  const [across, up] = dimensionsOf(view.state.axes);
  const chosen = up === undefined ? (view.state.axes ?? projections[0]) : String(across);
  const dimensions = Array.from({ length: mapData.latentDim }, (_, axis) => axis);
  const name = (key) => (axis) => [String(axis), voice.say(key, { n: axis + 1 })];
  const named = projections.map((projection) => [projection, voice.say(`axes_${projection}`)]);
  const choose = (value) => view.set({ axes: projections.includes(value) ? value : planeWith(Number(value), up) });
  const first = dropDown("axes", voice.say("axes"), [...named, ...dimensions.map(name("axes_across"))], chosen, choose);
  if (up === undefined) return [first];
  const others = dimensions.filter((axis) => axis !== across).map(name("axes_up"));
  const second = dropDown("axes-up", voice.say("axes"), others, String(up), (value) =>
    view.set({ axes: `${across},${value}` }));
  return [first, second];
}

/** "0,3" -> [0, 3]; the name of a projection -> []. */
export function dimensionsOf(axes) {
  return /^\d+,\d+$/.test(axes ?? "") ? axes.split(",").map(Number) : [];
}

/** Axes "across,up"; if both are the same dimension, another one is chosen for `up`. */
export function planeWith(across, up = 0) {
  if (up !== across) return `${across},${up}`;
  return `${across},${across === 0 ? 1 : 0}`;
}

/** Whether the map's axes are latent dimensions, all or some of them, not a projection. */
export function axesAreCodes(mapData, axes) {
  return Boolean(mapData.plane) && (!axes || axes === "space" || dimensionsOf(axes).length > 0);
}

/** Titles of the axes; empty for t-SNE and UMAP, whose axes have no meaning. */
export function axisTitles(mapData, axes, voice) {
  if (!mapData.plane) return mapData.columns.map(() => "");
  const dimensions = dimensionsOf(axes);
  const principal = !axesAreCodes(mapData, axes);
  const chosen = dimensions.length ? dimensions : [...mapData.columns.keys()];
  const share = (i) => voice.share(mapData.shares?.[i] ?? 0);
  const titles = chosen.map((axis, i) => (principal
    ? voice.say("axis_principal", { n: axis + 1, share: share(i) })
    : voice.say("axis_code", { n: axis + 1 })));
  return mapData.k === 1 ? [titles[0], voice.say("axis_count")] : titles;
}
