// Outlines of the zones where labels mix (the course's "zone where the classes mix"), as the server computes them.

import { needsNeighbours } from "./colourings.js";

/** The zones where labels mix, outlined where the colours speak of them. */
export function zoneShapes(mapData, { colour, epoch }) {
  if (!mapData.neighbours?.zones || !needsNeighbours(colour) || epoch !== null) return [];
  return ["halo", "zone"].flatMap((name) =>
    mapData.neighbours.zones.polygons.map((places) => ({ name, kind: "area", places })));
}
