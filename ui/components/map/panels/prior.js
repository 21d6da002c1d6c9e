// New digits: what the decoder of a variational network draws of codes from the prior.

import { inkOnPaper, inkRamp, SIDE } from "../../shared/digits.js";
import { element, setText } from "../../shared/element.js";
import { toolButton } from "./buttons.js";
import { drawCodes, quantileCodes, widestTwo } from "../data/prior.js";
import { decode } from "../data/map_data.js";

const DRAWN = 50; // new digits
const A_ROW = 10;
const QUANTILES = 15; // digits along a side

/** Codes of new digits, as many as the panel shows. They stay the same when it is drawn again. */
export function newDigits(mapData) {
  return { codes: drawCodes(DRAWN, mapData.latentDim, Math.random) };
}

/** shown: see newDigits. -> what the panel shows: them, a button for others, and the manifold over the prior's quantiles. */
export function priorParts(mapData, voice, theme, shown) {
  const d = mapData.latentDim;
  const samples = sheetOf("prior-samples", A_ROW, DRAWN, voice.say("prior_samples", { count: DRAWN }));
  const manifold = sheetOf("prior-manifold", QUANTILES, d === 1 ? QUANTILES : QUANTILES ** 2, voice.say("prior_manifold"));
  const words = element("p", {}, voice.say("prior_manifold_words"));
  const draw = () => paint(samples, A_ROW, shown.codes, mapData, theme);
  const others = () => {
    Object.assign(shown, newDigits(mapData));
    draw();
  };
  mapData.load.decoder().then(draw, () => {});
  Promise.all([mapData.load.decoder(), mapData.load.codes()]).then(([, codes]) => {
    const two = codes ? widestTwo(codes, d) : [0, 1];
    paint(manifold, QUANTILES, quantileCodes(QUANTILES, d, two), mapData, theme);
    if (d > 2) setText(words, voice.say("prior_manifold_two", { first: two[0] + 1, second: two[1] + 1 }));
  }, () => {});
  return [
    element("p", {}, voice.say("prior_words")),
    samples,
    toolButton("sample-again", voice.say("sample_again"), others, { class: "lab-tool lab-download" }),
    element("h4", {}, voice.say("prior_manifold")),
    words,
    manifold,
  ];
}

function sheetOf(testid, columns, count, label) {
  return element("canvas", {
    class: "lab-prior", "data-testid": testid, role: "img", "aria-label": label,
    width: columns * SIDE, height: Math.ceil(count / columns) * SIDE,
  });
}

function paint(canvas, columns, codes, mapData, theme) {
  const brush = canvas.getContext("2d");
  const ramp = inkRamp(theme);
  codes.forEach((code, i) => {
    const image = new ImageData(inkOnPaper(decode(mapData, code), ramp), SIDE, SIDE);
    brush.putImageData(image, (i % columns) * SIDE, Math.floor(i / columns) * SIDE);
  });
}
