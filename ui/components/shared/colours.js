// Colours: one per digit, and the theme of the page around us as numbers that canvas and Plotly understand.

/** The Petroff 10 sequence in digit order (Petroff 2021, made for colour-vision deficiency). */
export const DIGIT_COLOURS = [
  "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
];

/** The colour of a label: there are ten, an eleventh class has that of the first. */
export function colourOf(label) {
  return DIGIT_COLOURS[label % DIGIT_COLOURS.length];
}

// The default light theme, for a page that sets no variables.
const FALLBACK = {
  text: "#31333f", background: "#ffffff", surface: "#f0f2f6", primary: "#3566c9", border: "rgba(49, 51, 63, 0.2)",
};

/** The theme at an element: colours as [red, green, blue] 0..255 laid over the background, and the font's name. */
export function readTheme(node) {
  const style = getComputedStyle(node);
  const variable = (name) => style.getPropertyValue(`--st-${name}`).trim();
  const background = rgbOf(variable("background-color"), FALLBACK.background, [255, 255, 255]);
  const colour = (name, fallback) => rgbOf(variable(name), fallback, background);
  return {
    background,
    text: colour("text-color", FALLBACK.text),
    surface: colour("secondary-background-color", FALLBACK.surface),
    primary: colour("primary-color", FALLBACK.primary),
    border: colour("border-color", FALLBACK.border),
    font: style.fontFamily,
    dark: isDark(background),
  };
}

/** Calls back when the page's colours change; returns the function that stops watching. */
export function watchTheme(node, changed) {
  // No event tells of a custom property that changes, but a transition that starts from it does.
  const probe = document.createElement("span");
  probe.setAttribute("aria-hidden", "true");
  probe.style.cssText = "position:absolute;width:0;height:0;overflow:hidden;transition:color 1ms,background-color 1ms;"
    + "color:var(--st-text-color);background-color:var(--st-background-color)";
  probe.addEventListener("transitionend", changed);
  node.append(probe);
  return () => probe.remove();
}

export function isDark(rgb) {
  return luminance(rgb) < 0.2;
}

/** Relative luminance of [red, green, blue] 0..255: 0 black .. 1 white (WCAG 2.2). */
export function luminance(rgb) {
  const [red, green, blue] = rgb.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** `amount` 0 gives the first colour, 1 the second. */
export function mix(first, second, amount) {
  return first.map((channel, index) => Math.round(channel + (second[index] - channel) * amount));
}

/** "#3f90da" -> [63, 144, 218] */
export function rgbOfHex(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/** [63, 144, 218] -> "#3f90da" */
export function hexOf(rgb) {
  return `#${rgb.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

export function css(rgb, alpha = 1) {
  return alpha === 1 ? `rgb(${rgb.join(", ")})` : `rgba(${rgb.join(", ")}, ${alpha})`;
}

/** Any colour that CSS knows, laid over `under` where it is translucent. */
function rgbOf(value, fallback, under) {
  const known = value && CSS.supports("color", value) && value !== "unset";
  const pixel = document.createElement("canvas");
  pixel.width = pixel.height = 1;
  const brush = pixel.getContext("2d", { willReadFrequently: true });
  for (const layer of [css(under), known ? value : fallback]) {
    brush.fillStyle = layer;
    brush.fillRect(0, 0, 1, 1);
  }
  return [...brush.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}
