// Covers the WebGL canvas with an image of it while nothing changes: the browser then blends one translucent layer less
// in each frame. Without a graphics card that is a frame of 17 ms in place of 43 (measured).

import { element } from "../../shared/element.js";
import { debounced } from "../data/view.js";

const REST = 300; // milliseconds without a change

/** plot: Plotly's element. Call stir() at each change: WebGL shows until nothing has changed for REST milliseconds. */
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
