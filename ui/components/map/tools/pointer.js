// Follows the pointer without Plotly's hover: the last move of a frame is picked, decoded and drawn in that frame.

const CLICK_SLOP = 4; // pixels a click may tremble

/**
 * handlers: {point(point) draws what lies under {x, y}; leave(); click(point); busy(): a drag is under way elsewhere}.
 * A window.__labMapTimings array that is there already (tests make one) gets one entry a drawn move, in milliseconds.
 */
export function followPointer(plot, handlers) {
  const timings = window.__labMapTimings;
  let latest = null;
  let frame = 0;
  let pressed = null;
  let strayed = false; // a drag that comes back to where it began is no click

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
    strayed = false;
    leave();
  }

  function stray(event) {
    if (pressed) strayed ||= Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY) > CLICK_SLOP;
  }

  function release(event) {
    const from = pressed;
    pressed = null;
    if (!from || strayed || !event.isPrimary || event.type === "pointercancel") return;
    handlers.click(within(plot, event));
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
  listen(window, "pointermove", stray); // Plotly covers the page while it drags
  listen(window, "pointerup", release);
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

/** {wait: event to frame, draw: our work, total: event to work done, painted: event to the page painted}. */
function record(timings, happened, began) {
  const now = performance.now();
  const entry = { wait: began - happened, draw: now - began, total: now - happened, painted: null };
  timings.push(entry);
  afterPaint(() => (entry.painted = performance.now() - happened));
}

/** A message sent within a frame is read once style, layout and paint of that frame are done. */
function afterPaint(call) {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    call();
  };
  port2.postMessage(null);
}
