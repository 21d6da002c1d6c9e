// Messages between the maps on one page that show the same digits.

const page = new EventTarget(); // one for all maps: a module is loaded once a page

/** run: id; maps with the same id share messages, without one they are dropped. heard(message): another map sent it. */
export function joinChannel(run, heard) {
  const self = Symbol(run);
  const listen = ({ detail }) => detail.from !== self && heard(detail.message);
  if (run) page.addEventListener(run, listen);
  return {
    tell: (message) => run && page.dispatchEvent(new CustomEvent(run, { detail: { from: self, message } })),
    leave: () => page.removeEventListener(run, listen),
  };
}

/** A function that calls tell(value) only if the value differs from the previous one. */
export function onChange(tell, value = null) {
  return (next) => {
    if (next === value) return;
    value = next;
    tell(next);
  };
}
