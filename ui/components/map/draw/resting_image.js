// A map at rest is a picture: the compositor has one translucent layer less, as large as the map, to blend each frame.
// Where the processor draws the page (measured: 43 ms a frame with it, 17 without) the pointer feels the difference.

import { element } from "../../shared/element.js";
import { debounced } from "../data/view.js";

const REST = 300; // milliseconds without a change

/** plot: Plotly's element. stir() whenever what it draws changes: WebGL is on show again until it rests. */
export function createRestingImage(plot) {
  const picture = element("img", { class: "lab-still", alt: "" });
  const settle = debounced(REST, take);
  let turn = 0;

  function stir() {
    turn++;
    delete plot.dataset.still;
    settle();
  }

  async function take() {
    const mine = turn;
    const canvas = plot.querySelector(".gl-canvas-context");
    const content = await new Promise((resolve) => canvas?.toBlob(resolve));
    if (mine !== turn || !content) return;
    URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(content);
    canvas.parentElement.before(picture);
    await picture.decode().catch(() => turn++); // without the picture WebGL stays
    if (mine === turn) plot.dataset.still = "";
  }

  return {
    stir,
    destroy() {
      turn++;
      settle.cancel();
      URL.revokeObjectURL(picture.src);
    },
  };
}
