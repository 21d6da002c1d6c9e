// What follows from a change of the view, whoever made it.

import { pointOpacity } from "./figure.js";

/** parts: {frame, flat, redraw(), hide(): the card, manifold}. */
export function react({ view, stage, overlay }, { frame, flat, redraw, hide, manifold }) {
  const reactions = {
    colour: redraw,
    digits: redraw,
    label: redraw,
    tool({ tool }) {
      stage.look.pan = !["lasso", "box"].includes(tool);
      frame.dataset.tool = tool;
      stage.relayout({ dragmode: stage.look.pan ? "pan" : false });
    },
    equal({ equal }) {
      stage.look.equal = equal;
      if (flat) stage.look.fitted ||= equal === false;
      redraw().then(() => manifold.paint());
    },
    blend({ blend }) {
      stage.restyle({ "marker.opacity": pointOpacity(blend) });
      manifold.sync();
      manifold.paint();
    },
    epoch() {
      hide();
      overlay.draw();
      manifold.sync();
    },
  };
  view.listen((state, changed) => {
    for (const key of Object.keys(changed)) reactions[key]?.(state);
  });
}
