// The map without a mouse: a crosshair that arrow keys move, and keys that go from digit to digit.

export const STEP = 8; // pixels
const BIG_STEP = 48;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** actions: {move(dx, dy) in pixels, next(±1), enter(), escape(), zoom(factor), reset()}. */
export function followKeys(plot, actions) {
  const named = {
    n: () => actions.next(1),
    p: () => actions.next(-1),
    Enter: actions.enter,
    Escape: actions.escape,
    "+": () => actions.zoom(0.75),
    "=": () => actions.zoom(0.75),
    "-": () => actions.zoom(1 / 0.75),
    0: actions.reset,
  };
  function press(event) {
    if (event.target !== plot || event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    const act = named[event.key] ?? named[event.key.toLowerCase()];
    if (!arrow && !act) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.shiftKey ? BIG_STEP : STEP;
    if (arrow) actions.move(arrow[0] * step, arrow[1] * step);
    else act();
  }
  plot.addEventListener("keydown", press);
  return () => plot.removeEventListener("keydown", press);
}
