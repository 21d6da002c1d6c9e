// What follows from a change of the view, whoever made it.

import { pointOpacity } from "./figure.js";

/** parts: {frame, flat, redraw(), hide(): the card, manifold, refit(): the window is that of all points again}. */
export function react({ view, stage, overlay }, { frame, flat, redraw, hide, manifold, refit }) {
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
      if (flat && !equal) {
        stage.look.fitted = true;
        refit();
      }
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
