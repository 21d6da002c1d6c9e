// Makes an element of tag, attributes and children. A function as an attribute listens to the event of that name.

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** Changes text only where it differs: a live region speaks, and a selection survives, only on a real change. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
