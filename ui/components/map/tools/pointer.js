// Follows the pointer without Plotly's hover: the last move of a frame is picked, decoded and drawn in that frame.

const CLICK_SLOP = 4; // pixels a click may tremble
const TAP_SLOP = 12; // and a finger
const TAP_AGAIN = 280; // milliseconds in which a second tap makes two of one
const SAME_PLACE = 40; // pixels between them

/**
 * handlers: {point(point) draws what lies under {x, y}; leave(); click(point); twice(point): a finger has tapped twice;
 * busy(): a drag is under way elsewhere}. A finger's click waits until no second tap has followed.
 * A window.__labMapTimings array that is there already (tests make one) gets one entry a drawn move, in milliseconds.
 */
export function followPointer(plot, handlers) {
  const timings = window.__labMapTimings;
  let latest = null;
  let frame = 0;
  let pressed = null;
  let strayed = false; // a drag that comes back to where it began is no click
  let tap = null; // {at, timer}: the tap that may become two

  function move(event) {
    if (pressed || event.pointerType === "touch" || handlers.busy()) return; // a finger points by a tap: two of them zoom
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
    if (!event.isPrimary) return void (pressed = null); // a second finger
    if (event.button !== 0) return;
    pressed = event;
    strayed = false;
    leave();
  }

  function stray(event) {
    if (!pressed) return;
    const slop = event.pointerType === "touch" ? TAP_SLOP : CLICK_SLOP;
    strayed ||= Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY) > slop;
  }

  function release(event) {
    const from = pressed;
    pressed = null;
    if (!from || strayed || !event.isPrimary || event.type === "pointercancel") return;
    if (event.pointerType === "touch") tapped(within(plot, event));
    else handlers.click(within(plot, event));
  }

  function tapped(at) {
    const first = tap;
    clearTimeout(first?.timer);
    tap = null;
    if (first && Math.hypot(at.x - first.at.x, at.y - first.at.y) < SAME_PLACE) return handlers.twice(at);
    handlers.point(at);
    tap = { at, timer: setTimeout(() => { tap = null; handlers.click(at); }, TAP_AGAIN) };
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
    clearTimeout(tap?.timer);
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
