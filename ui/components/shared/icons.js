// The few signs on buttons, 16 × 16, in the colour of the text around them.

const PATHS = {
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  play: "M4.5 2.6 13 8l-8.5 5.4z",
  step: "M3 2.6 10 8l-7 5.4zM11 3h2v10h-2z",
  stop: "M3.5 3.5h9v9h-9z",
  back: "M7.2 3v3.1C10.9 6.3 13 8.4 13.4 12c-1.3-1.8-3.3-2.6-6.2-2.6v3.1L2 7.8z",
  pencil: "M11.6 1.9a1.3 1.3 0 0 1 1.9 0l.6.6a1.3 1.3 0 0 1 0 1.9L6 12.5 2.5 13.5 3.5 10z",
  info: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm0 1.2a5.3 5.3 0 1 0 0 10.6A5.3 5.3 0 0 0 8 2.7Z"
    + "M7.3 7h1.4v4.2H7.3zM7.3 4.6h1.4V6H7.3z",
  warning: "M8 1.6 15 14H1Zm0 2.6L3.1 12.8h9.8ZM7.3 7h1.4v3H7.3zM7.3 10.6h1.4V12H7.3z",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "lab-icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", PATHS[name]);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}
