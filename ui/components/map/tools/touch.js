// Fingers on the map: two of them zoom and move it. One scrolls the page, unless the person has chosen to move the map.

import { within } from "./pointer.js";

/**
 * plot: the map's element, chart: what is drawn in it (pinch, drag). moves(): whether one finger moves the map; began():
 * two fingers are down, so what one has begun is over.
 */
export function followTouches(chart, { moves, began }) {
  const { plot } = chart;
  let last = null; // {count, middle, spread} of the fingers that are down
  let waiting = null; // {from, to, spread} since the last picture
  let frame = 0;

  function start(event) {
    event.stopPropagation(); // Plotly would take one finger as a drag, and keep the page from scrolling
    last = fingers(plot, event.touches);
    if (last.count === 2) {
      event.preventDefault();
      began();
    }
  }

  function move(event) {
    event.stopPropagation();
    const now = fingers(plot, event.touches);
    if (!last || now.count !== last.count || now.count > 2 || (now.count === 1 && !moves())) return;
    if (event.cancelable) event.preventDefault();
    const { from = last.middle, spread = 1 } = waiting ?? {};
    waiting = { from, to: now.middle, spread: (spread * now.spread) / last.spread, count: now.count };
    last = now;
    frame ||= requestAnimationFrame(apply);
  }

  function apply() {
    frame = 0;
    const { from, to, spread, count } = waiting;
    waiting = null;
    if (count === 2) chart.pinch(from, to, 1 / spread);
    else chart.drag(to.x - from.x, to.y - from.y);
  }

  function end(event) {
    event.stopPropagation();
    last = event.touches.length ? fingers(plot, event.touches) : null;
  }

  const listening = new AbortController();
  const listen = (type, call) =>
    plot.addEventListener(type, call, { signal: listening.signal, capture: true, passive: false });
  listen("touchstart", start);
  listen("touchmove", move);
  listen("touchend", end);
  listen("touchcancel", end);
  return () => {
    cancelAnimationFrame(frame);
    listening.abort();
  };
}

/** How many fingers, the middle of the first two in pixels of the plot, and how far apart they are. */
function fingers(plot, touches) {
  const [a, b = a] = [...touches].slice(0, 2).map((touch) => within(plot, touch));
  return {
    count: touches.length,
    middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
    spread: Math.max(1, Math.hypot(a.x - b.x, a.y - b.y)),
  };
}
