// Follows the pointer without Plotly's hover: the last move of a frame is picked, decoded and drawn in that frame.

const CLICK_SLOP = 4; // pixels a click may tremble

/**
 * handlers: {point(point) draws what lies under {x, y}; leave(); click(point); busy(): a drag is under way elsewhere}.
 * measure: keeps window.__labMapTimings, one entry a drawn move: {wait, draw, total} ms from the event's own time.
 */
export function followPointer(plot, handlers, measure = false) {
  const timings = measure ? (window.__labMapTimings = []) : null;
  let latest = null;
  let frame = 0;
  let pressed = null;

  function move(event) {
    if (pressed || handlers.busy()) return;
    latest = event;
    frame ||= requestAnimationFrame(draw);
  }

  function draw() {
    frame = 0;
    const began = performance.now();
    handlers.point(within(plot, latest));
    if (timings) record(timings, latest.timeStamp, began);
  }

  function press(event) {
    if (event.button !== 0) return;
    pressed = event;
    leave();
  }

  function release(event) {
    const from = pressed;
    pressed = null;
    if (!from || !event.isPrimary || event.type === "pointercancel") return;
    if (Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > CLICK_SLOP) return;
    handlers.click(within(plot, event), event);
  }

  function leave() {
    cancelAnimationFrame(frame);
    frame = 0;
    handlers.leave();
  }

  const listening = new AbortController();
  const listen = (target, type, call) => target.addEventListener(type, call, { signal: listening.signal });
  listen(plot, "pointermove", move);
  listen(plot, "pointerdown", press);
  listen(plot, "pointerleave", (event) => event.pointerType !== "touch" && leave()); // a lifted finger leaves the card
  listen(window, "pointerup", release); // Plotly covers the page while it drags
  listen(window, "pointercancel", release);
  return () => {
    cancelAnimationFrame(frame);
    listening.abort();
  };
}

/** Pixels from the corner of the plot. */
export function within(plot, { clientX, clientY }) {
  const { left, top } = plot.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top };
}

function record(timings, happened, began) {
  const now = performance.now();
  timings.push({ wait: began - happened, draw: now - began, total: now - happened });
}
