// Marks in this map the digit that is pointed at in another map of the same digits, and tells the other one in turn.

import { joinChannel, onChange } from "../data/channel.js";

/**
 * run: see channel.js. companion: true for the pixel map next to the main map. choose(row): called when a digit is chosen
 * in the companion. While there is a companion that lacks digits, the main map shows only those that both have.
 */
export function createLinkedDigit({ mapData, view, figure, overlay }, { run, companion, choose }) {
  let row = null; // of the digit pointed at elsewhere
  let narrowed = false; // whether only held-out digits are shown because of the companion
  const rowOf = (index) => (index === null || index < mapData.start ? null : index - mapData.start);
  const link = joinChannel(run, (message) => Object.keys(message).forEach((key) => HEARD[key]?.(message[key])));
  const tellPointed = onChange((pointed) => link.tell({ pointed }));

  const HEARD = {
    pointed(index) {
      row = rowOf(index);
      overlay.draw();
    },
    chosen: (index) => !companion && choose(rowOf(index)),
    label: (label) => view.set({ label }),
    opened: () => companion && announce(),
    company: (there) => !companion && (there ? narrow() : widen()),
  };

  function announce() {
    link.tell({ company: mapData.start > 0 }); // this one has the last digits only
  }

  function narrow() {
    link.tell({ label: view.state.label });
    if (view.state.digits !== "all" || mapData.trainingRows === 0) return;
    narrowed = true;
    view.set({ digits: "held_out" });
  }

  function widen() {
    row = null;
    if (narrowed && view.state.digits === "held_out") view.set({ digits: "all" });
    narrowed = false;
    overlay.draw();
  }

  view.listen((state, changed) => "label" in changed && link.tell({ label: state.label }));

  return {
    open: () => (companion ? announce() : link.tell({ opened: true })),
    /** target: what the pointer is at in this map, or null. */
    pointed: (target) => tellPointed(target?.kind === "digit" ? target.row + mapData.start : null),
    narrowed: () => narrowed && view.state.digits === "held_out",
    chosen: (chosen) => link.tell({ chosen: chosen + mapData.start }),
    shapes() {
      const target = row === null ? null : figure.targetOfRow(row);
      return target ? ["ring", "cross"].map((kind) => ({ name: "echo", kind, places: [target.place] })) : [];
    },
    destroy() {
      tellPointed(null);
      if (companion) link.tell({ company: false });
      link.leave();
    },
  };
}
