// The way into the room, for the projector: address, code and QR code over the whole screen.

import { element } from "../shared/element.js";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 4; // modules of white around a QR code, as its standard asks

/** invitation: Invitation in ui/components/descriptions.py. */
export function openInvitation(root, { address, code, qr, local }, voice) {
  const { say } = voice;
  const title = element("h2", { id: "lab-invitation-title" }, say("invite_title"));
  const close = element("button", { type: "button", class: "lab-button", click: () => dialog.close() }, say("close"));
  const dialog = element("dialog", {
    class: "lab-invitation", "data-testid": "invitation", "aria-labelledby": title.id, close: () => dialog.remove(),
  },
  element("header", {}, title, close),
  large("address", say("invite_address"), address),
  element("div", { class: "lab-invitation-rest" },
    drawn(qr, say("invite_qr", { address })),
    element("div", { class: "lab-invitation-words" },
      code === null ? element("p", {}, say("invite_open")) : large("code", say("invite_code"), code),
      element("p", { class: "lab-hint" }, say("invite_scan")),
      local ? element("p", { class: "lab-hint lab-error", role: "note" }, say("invite_local")) : "")));
  root.append(dialog);
  dialog.showModal();
}

/** As large as fits into a line: the style sheet divides the width by the number of characters. */
function large(kind, label, text) {
  return element("p", { class: `lab-large lab-${kind}`, style: `--lab-characters: ${Math.max(8, text.length)}` },
    element("span", {}, label), " ", element("strong", { "data-testid": `invitation-${kind}` }, text));
}

/** Dark on white in both themes: not every reader of QR codes knows the reverse. */
function drawn(rows, name) {
  const size = rows.length + 2 * MARGIN;
  const svg = document.createElementNS(SVG, "svg");
  const dark = document.createElementNS(SVG, "path");
  const attributes = { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": name, class: "lab-qr", "data-testid": "qr" };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  dark.setAttribute("d", pathOf(rows));
  svg.append(dark);
  return svg;
}

/** The dark modules ("1") of the rows; neighbours in a row are one rectangle, so that no hairline parts them. */
export function pathOf(rows) {
  return rows.flatMap((row, y) => [...row.matchAll(/1+/g)].map(({ index: x, 0: dark }) =>
    `M${x + MARGIN} ${y + MARGIN}h${dark.length}v1h-${dark.length}z`)).join("");
}
