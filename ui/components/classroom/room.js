// Everyone's runs, as the stream tells of them, and who is ahead. Pure: no page, no network.

import { decodeFrame } from "../shared/frames.js";

/** tiles: run -> what is known of it, `map` decoded; challenge: what the host has set, or null. */
export const EMPTY = Object.freeze({ tiles: Object.freeze({}), challenge: null });

const UNDER_WAY = ["training", "measuring", "waiting", "paused", "interrupted"]; // in this order on the page

/** One message in, the next state out; the old state stays as it was. */
export function apply(state, message) {
  switch (message.type) {
    case "challenge": return { ...state, challenge: message.challenge };
    case "tile": return { ...state, tiles: { ...state.tiles, [message.run]: tileOf(message, state.tiles[message.run]) } };
    case "gone": {
      const { [message.run]: gone, ...tiles } = state.tiles;
      return { ...state, tiles };
    }
    default: return state; // a newer server may say more than this page knows
  }
}

function tileOf({ type, frame, ...fields }, before) {
  return { ...fields, map: frame ? decodeFrame(frame) : before?.map ?? null };
}

/** Tiles with a map, in the order of the page: under way first, then the newest. */
export function ordered(tiles) {
  const rank = (tile) => (tile.ended ? UNDER_WAY.length : UNDER_WAY.indexOf(tile.status));
  return Object.values(tiles).filter((tile) => tile.pictured).sort((one, other) => rank(one) - rank(other)
    || (one.ended ? other.created.localeCompare(one.created) : one.created.localeCompare(other.created))
    || one.run.localeCompare(other.run));
}

/** The latent dimensions that there are, smallest first. */
export function dimensions(tiles) {
  return [...new Set(comparable(tiles).map((tile) => tile.latent_dim))].sort((a, b) => a - b);
}

/** Runs with as many latent dimensions, best first by "mse" (held out) or "knn"; each with its place. */
export function ranking(tiles, latentDim, by) {
  const sign = by === "mse" ? 1 : -1;
  return comparable(tiles)
    .filter((tile) => tile.latent_dim === latentDim && known(tile[by]))
    .sort((one, other) => sign * (one[by] - other[by]) || one.created.localeCompare(other.created))
    .map((tile, index) => ({ ...tile, place: index + 1 }));
}

/** The best run of each person that takes part in the challenge, best first. */
export function standing(tiles, challenge) {
  const sign = challenge.goal === "mse" ? 1 : -1;
  const best = new Map();
  for (const tile of Object.values(tiles).filter((each) => known(each.score))) {
    const before = best.get(tile.person);
    if (!before || sign * tile.score < sign * before.score) best.set(tile.person, tile);
  }
  return [...best.values()].sort((one, other) => sign * (one.score - other.score))
    .map((tile, index) => ({ ...tile, place: index + 1 }));
}

/** {people, training, waiting, paused}: how many. */
export function counts(tiles) {
  const all = Object.values(tiles);
  const having = (...statuses) => all.filter((tile) => statuses.includes(tile.status)).length;
  return {
    people: new Set(all.map((tile) => tile.person)).size,
    training: having("training", "measuring"),
    waiting: having("waiting"),
    paused: having("paused"),
  };
}

/**
 * The tiles to rank: only runs on the most common data set, since errors on different pictures cannot be compared. Runs
 * without a held-out error, trained on all digits or in their first epoch, are left out.
 */
function comparable(tiles) {
  const judged = Object.values(tiles).filter((tile) => tile.held_out);
  const having = (dataset) => judged.filter((tile) => tile.dataset === dataset);
  const sets = [...new Set(judged.map((tile) => tile.dataset))];
  return sets.map(having).reduce((most, some) => (some.length > most.length ? some : most), []);
}

function known(value) {
  return Number.isFinite(value);
}
