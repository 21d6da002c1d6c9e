// The buttons of a drawing: undo, redo, clear, and saving it as a picture.

import { element } from "../element.js";

const KEPT = 1000; // milliseconds until the browser has begun to save

/** actions: {name: what it does}. -> {element, show({name: whether it can be pressed})}. */
export function createButtons(voice, actions) {
  const buttons = Object.fromEntries(Object.entries(actions).map(([name, click]) => [name, element("button", {
    type: "button", class: "lab-drawing-tool", "data-testid": `drawing-${name}`, title: voice.say(`drawing_${name}_help`), click,
  }, voice.say(`drawing_${name}`))]));
  return {
    element: element("div", { class: "lab-drawing-tools", role: "group", "aria-label": voice.say("drawing_tools") }, ...Object.values(buttons)),
    show(enabled) {
      for (const [name, button] of Object.entries(buttons)) button.disabled = !enabled[name];
    },
  };
}

/** Saves a canvas as a PNG of its own size and grey levels: white ink on black, as in MNIST. */
export function savePicture(canvas) {
  canvas.toBlob((picture) => {
    const url = URL.createObjectURL(picture);
    element("a", { href: url, download: "digit.png" }).click();
    setTimeout(() => URL.revokeObjectURL(url), KEPT);
  }, "image/png");
}
