// Saves the map as it is seen: PNG or SVG, with its legend and its axes.

import { css, mix } from "../../shared/colours.js";
import { pictureButtons } from "../../shared/picture/picture.js";
import { mapFigure } from "../draw/map_picture.js";

/** The two buttons; `lab`: what the parts of the map share, see explorer.js. */
export function offerPicture({ mapData, view, voice, chart, figure, theme: themeNow }, plotly) {
  return pictureButtons(voice, () => {
    const scene = figure.scene();
    if (!scene || !chart.ready()) return null;
    const theme = themeNow();
    const colours = { ...figure.colours(), ...meaning(mapData, view.state.colour, voice) };
    const look = { ...chart.look, ranges: chart.ranges(), equal: chart.look.equal && mapData.k > 1 };
    const { traces, layout, shown } = mapFigure(scene, colours, look, css(mix(theme.background, theme.text, 0.3)), theme, voice);
    const title = voice.say("picture_title", { n: voice.integer(shown), colour: voice.say(`colour_${view.state.colour}`) });
    return { plotly, traces, layout, theme, name: "map", title };
  });
}

function meaning({ classes }, colour, voice) {
  if (colour === "label" || colour === "predicted") return { names: classes };
  if (colour === "part") return { names: ["digits_training", "digits_held_out"].map((key) => voice.say(key)) };
  return { said: colour === "error" ? voice.mse : voice.share };
}
