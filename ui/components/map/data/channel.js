// Messages between the maps on one page that show the same digits.

const page = new EventTarget(); // one for all maps: a module is loaded once a page

/** run: whose digits; without one nobody hears. heard(message): what another map of these digits tells. */
export function joinChannel(run, heard) {
  const self = Symbol(run);
  const listen = ({ detail }) => detail.from !== self && heard(detail.message);
  if (run) page.addEventListener(run, listen);
  return {
    tell: (message) => run && page.dispatchEvent(new CustomEvent(run, { detail: { from: self, message } })),
    leave: () => page.removeEventListener(run, listen),
  };
}

/** Tells a value only where it differs from the one told before. */
export function onChange(tell, value = null) {
  return (next) => {
    if (next === value) return;
    value = next;
    tell(next);
  };
}
