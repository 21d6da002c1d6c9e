// Redraws what depends on a key of the view whenever that key changes.

import { pointOpacity } from "./draw/figure.js";

/**
 * parts: {frame, flat, redraw(), follow(): what lies over the points, hide(): the card, manifold, refit(): the window is the
 * first one again}.
 */
export function react({ view, chart, overlay }, { frame, flat, redraw, follow, hide, manifold, refit }) {
  const reactions = {
    colour: redraw,
    digits: redraw,
    label: redraw,
    tool({ tool }) {
      chart.look.pan = !["lasso", "box"].includes(tool);
      frame.dataset.tool = tool;
      chart.relayout({ dragmode: chart.look.pan ? "pan" : false });
    },
    equal({ equal }) {
      chart.look.equal = equal;
      if (flat && !equal) {
        chart.look.fitted = true;
        refit();
      }
      redraw().then(() => manifold.paint());
    },
    blend({ blend }) {
      chart.fade(pointOpacity(blend));
      manifold.sync();
      manifold.paint();
    },
    numerals: follow,
    pictures: redraw,
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
