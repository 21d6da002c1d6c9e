// What the browser keeps for this address; where it refuses to, as with site data blocked, nothing is kept.

/** The text kept under a key, or null. */
export function kept(key) {
  return read(() => localStorage, key);
}

/** Keeps a text under a key; null forgets it. */
export function keep(key, text) {
  write(() => localStorage, key, text);
}

/** The same, for this tab alone and until it is closed. */
export function keptInTab(key) {
  return read(() => sessionStorage, key);
}

export function keepInTab(key, text) {
  write(() => sessionStorage, key, text);
}

function read(storage, key) {
  try {
    return storage().getItem(key);
  } catch {
    return null;
  }
}

function write(storage, key, text) {
  try {
    if (text === null) storage().removeItem(key);
    else storage().setItem(key, text);
  } catch {
    // the choice holds until the page is left
  }
}
