// The points on their way from epoch to epoch: only the dots and their names are drawn, the axes wait for the end.

import { pointOpacity } from "./figure.js";
import { homeRanges, makeScene, positionsOf } from "./scene.js";

/** draw(columns, start, span) shows positions, of which more follow at once; stop(): they have arrived. */
export function createMovingPoints({ mapData, view, chart, figure }, { numerals, outliers }) {
  return {
    draw(columns, start, span) {
      const positions = positionsOf(mapData, columns, start, span);
      const { values, scale } = figure.colours();
      const scene = makeScene(mapData, positions, values, view.state, figure.chosen());
      const opacity = pointOpacity(view.state.blend);
      numerals.moving(scene, chart.drawMoving(scene, scale, opacity, homeRanges(positions, columns), figure.pictures("moving")));
      outliers.hide();
    },
    stop: chart.stopMoving,
  };
}
