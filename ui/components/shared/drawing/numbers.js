// What is said of a drawing: its error, how unusual that is, and its code.

import { element, setText } from "../element.js";
import { shareOf } from "../percentile.js";
import { setMarked } from "../term.js";

const SHOWN = 4; // numbers of a code

/** -> {element, show(reading or null, loaded: what the model has loaded), spoken(reading, loaded): all of it in sentences}. */
export function createNumbers(voice) {
  const error = element("p", { "data-testid": "drawing-error" });
  const percentile = element("p", { class: "lab-drawing-quiet", "data-testid": "drawing-percentile" });
  const code = element("p", { class: "lab-drawing-quiet", "data-testid": "drawing-code" });
  const values = ({ error: mse }) => ({ mse: voice.mse(mse), grey: voice.grey(mse) });
  const unusual = (reading, { errors }) => voice.say("percentile",
    { share: shareOf(reading.percentile, voice), count: voice.integer(errors.length) });
  return {
    element: element("div", { class: "lab-drawing-numbers" }, error, percentile, code),
    show(reading, loaded) {
      setMarked(error, reading ? voice.marked("drawing_error", values(reading)) : "", voice);
      setText(percentile, reading ? unusual(reading, loaded) : "");
      setText(code, reading ? voice.say("drawing_code", { numbers: numbersOf(reading.code, voice) }) : "");
    },
    spoken(reading, loaded) {
      const names = reading.nearest.map(loaded.nameOf).filter(Boolean).join(", ");
      const nearest = names ? [voice.say("spoken_nearest", { names })] : []; // digits without labels have no names
      return [voice.say("drawing_error", values(reading)), unusual(reading, loaded), ...nearest].join(". ");
    },
  };
}

function numbersOf(code, voice) {
  const numbers = Array.from(code.subarray(0, SHOWN), voice.code).join(" · ");
  return code.length > SHOWN ? `${numbers} …` : numbers;
}
