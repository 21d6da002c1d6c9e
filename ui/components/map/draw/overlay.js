// Lines over the points: the ring of the chosen digit, the crosshair, the walk, the lasso, the zones where labels mix.

const SVG = "http://www.w3.org/2000/svg";

/** shapes(): [{name, kind: "ring"|"cross"|"line"|"area", places: [[x, y], …]}] in plane units. */
export function createOverlay(chart, shapes) {
  const svg = node("svg", { class: "lab-overlay", "aria-hidden": "true" });
  function draw() {
    if (!chart.ready()) return;
    const { left, top, width, height } = chart.area();
    svg.style.cssText = `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
    const local = (place) => {
      const point = chart.toPoint(place);
      return [point.x - left, point.y - top];
    };
    svg.replaceChildren(...shapes().map(({ name, kind, places }) => DRAW[kind](name, places.map(local), chart.sideAt(places[0]))));
  }
  return { element: svg, draw };
}

const DRAW = {
  ring: (name, [[cx, cy]], side) => (side ? square(name, cx, cy, side + 4) : node("circle", { class: `lab-ring lab-${name}`, cx, cy, r: 8 })),
  cross(name, [[x, y]]) {
    const d = `M${x - 14} ${y}h10M${x + 4} ${y}h10M${x} ${y - 14}v10M${x} ${y + 4}v10`;
    return node("path", { class: `lab-cross lab-${name}`, d });
  },
  line: (name, points) => node("polyline", { class: `lab-line lab-${name}`, points: points.join(" ") }),
  area: (name, points) => node("polygon", { class: `lab-area lab-${name}`, points: points.join(" ") }),
};

/** Around a digit that is drawn as its picture. */
function square(name, x, y, side) {
  const corner = { x: x - side / 2, y: y - side / 2 };
  return node("rect", { class: `lab-square lab-${name}`, ...corner, width: side, height: side, rx: 4 });
}

function node(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
