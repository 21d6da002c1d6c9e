// What a page shows stands in its address, so that a link or a reload shows the same; no entry in the history.

export const READS = { data: ["page", "parts", "names"] };

/** data: Address in ui/components/descriptions.py. */
export function mount(_root, data) {
  put(data);
  return { update: put, destroy() {} };
}

function put({ page, parts, names }) {
  if (location.pathname.split("/").pop() !== page) return; // the browser has gone on
  const address = addressWith(location.href, parts, names);
  if (address !== location.href) history.replaceState(history.state, "", address);
}

/** The address with these parts, [[name, value], …], before all others; what else is called by one of `names` leaves it. */
export function addressWith(href, parts, names) {
  const address = new URL(href);
  const others = [...address.searchParams].filter(([name]) => !names.includes(name));
  address.search = [...parts, ...others].map(([name, value]) => `${written(name)}=${written(value)}`).join("&");
  return address.href;
}

/** As few signs escaped as can be: people read addresses. */
function written(text) {
  return encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%3A", ":");
}
