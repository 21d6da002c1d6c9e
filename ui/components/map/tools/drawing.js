// A drawn digit on the map: the panel where it is drawn, and a mark at its code that follows, with lines to the ten nearest digits.

import { createDesk } from "../../shared/drawing/desk.js";
import { codeColumns, imageOf, nameOf } from "../data/map_data.js";
import { placeOfCode } from "../data/placing.js";

/** about: see desk.js. actions: {choose(row), settled(place): a line is done, failed(error): true if the map will be replaced}. */
export function createDrawing(lab, about, { choose, settled, failed }) {
  const { mapData, voice } = lab;
  let desk = null; // made when it is first opened
  let reading = null; // null while nothing is drawn, or the mark is not shown

  async function load() {
    const { encoder, decoder, judged, codes } = mapData.load;
    await Promise.all([encoder(), decoder(), judged(), mapData.latentDim > mapData.k || !mapData.plane ? codes() : null]);
    return {
      encoder: mapData.encoder, decoder: mapData.decoder, errors: mapData.judged, columns: codeColumns(mapData).columns,
      labels: mapData.labels, nameOf: (row) => nameOf(mapData, row), indexOf: (row) => row + mapData.start,
      imageOf: (row) => imageOf(mapData, row),
    };
  }

  function read(next, done) {
    reading = next;
    lab.overlay.draw();
    if (done && reading) settled(place());
  }

  /** As the map has it: of one dimension over the nearest digit, whose height means nothing. */
  function place() {
    const there = placeOfCode(mapData, reading.code, reading.nearest);
    return mapData.k === 1 ? [there[0], lab.figure.targetOfRow(reading.nearest[0])?.place[1] ?? 0] : there;
  }

  function shapes() {
    if (!reading || !lab.live()) return [];
    const at = place();
    const ends = reading.nearest.map((row) => lab.figure.targetOfRow(row)?.place).filter(Boolean);
    const lines = ends.map((end) => ({ name: "tie", kind: "line", places: [at, end] }));
    return [...lines, { name: "drawn", kind: "ring", places: [at] }, { name: "drawn", kind: "cross", places: [at] }];
  }

  return {
    offered: mapData.load.encoder.offered,
    /** The element to draw on; its mark is on the map from now on. */
    open() {
      desk ??= createDesk(voice, { load, loadImages: mapData.load.images, failed }, { about, choose, read });
      desk.begin();
      read(desk.reading(), true);
      return desk.element;
    },
    /** Once the element stands in the page. */
    opened: () => desk.retheme(),
    /** Takes the mark off the map; the drawing itself is kept. */
    leave: () => { reading = null; },
    shapes,
    destroy: () => desk?.destroy(),
  };
}
