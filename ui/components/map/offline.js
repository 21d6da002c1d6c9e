// The map in a file of its own (autoencoder/export/map_page.py): unpacks what the file holds, and opens the map without a network.

import { bytesOf } from "../shared/bytes.js";
import { setText } from "../shared/element.js";
import { mount } from "./map.js";

const held = (id) => document.getElementById(id).textContent;

async function open() {
  const { data, parts, words } = JSON.parse(held("page"));
  const lang = navigator.languages.find((each) => each.split("-")[0] in words) ?? Object.keys(words)[0];
  const said = words[lang.split("-")[0]];
  document.documentElement.lang = lang;
  setText(document.getElementById("figures"), said.figures);
  try {
    const unpacked = await Promise.all(parts.map(async (part) => [part, URL.createObjectURL(await blobOf(part))]));
    const script = document.createElement("script");
    const plotly = await blobOf("plotly");
    script.textContent = await plotly.text();
    document.head.append(script);
    mount(document.querySelector(".lab-root"), { ...data, lang, words: said, urls: Object.fromEntries(unpacked) });
  } catch (error) {
    console.error(error);
    setText(document.getElementById("figures"), said.too_old);
  }
}

/** Of base64 text, compressed with gzip. */
function blobOf(part) {
  const stream = new Blob([bytesOf(held(part).trim())]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).blob();
}

open();
