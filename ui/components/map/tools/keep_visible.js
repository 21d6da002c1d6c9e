// Moves the window of the map so that a chosen digit does not lie under its panel. Pure.

/**
 * The window moved so far that a point comes into the middle of what the panel leaves free, or null where it is free.
 * ranges {x, y} in plane units; point {x, y}, area and panel {left, top, width, height} in pixels of one frame.
 */
export function windowShowing(ranges, point, area, panel) {
  const under = point.x > panel.left && point.x < panel.left + panel.width
    && point.y > panel.top && point.y < panel.top + panel.height;
  if (!under) return null;
  const beside = panel.left - area.left;
  if (beside > panel.width / 4) return { x: moved(ranges.x, point.x - (area.left + beside / 2), area.width), y: ranges.y };
  const above = panel.top - area.top; // on a phone the panel is as wide as the map
  return { x: ranges.x, y: moved(ranges.y, area.top + above / 2 - point.y, area.height) };
}

const MARGIN = 0.08; // of the window, beyond the place

/** The window made so wide that it holds a place, or null where it does. ranges {x, y} and place [x, y] in plane units. */
export function windowHolding(ranges, [x, y]) {
  const wider = { x: reaching(ranges.x, x), y: reaching(ranges.y, y) };
  return wider.x === ranges.x && wider.y === ranges.y ? null : wider;
}

function reaching(range, value) {
  const [low, high] = range;
  const margin = MARGIN * (high - low);
  if (value < low) return [value - margin, high];
  return value > high ? [low, value + margin] : range;
}

/** A range moved by so many pixels of the length that it has on the screen. */
function moved([low, high], pixels, length) {
  const by = (pixels / length) * (high - low);
  return [low + by, high + by];
}
