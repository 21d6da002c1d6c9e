// Streamlit calls this on each change of `data`; the module it names is loaded once and keeps the element alive.
const mounted = new WeakMap();

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".lab-root");
  const known = mounted.get(root);
  if (known) {
    known.data = data;
    known.handle?.update(received(data, known.reads));
  } else {
    open(root, data, {
      finished: (run) => setTriggerValue("finished", run),
      requested: (changes) => setTriggerValue("requested", changes),
      view: keepInAddress,
    });
  }
  return () => {
    mounted.get(root)?.handle?.destroy();
    mounted.delete(root);
  };
}

/** What a component shows goes into the address, so that a link shows the same; no rerun, no entry in the history. */
function keepInAddress(view) {
  const address = new URL(location.href);
  for (const [key, value] of Object.entries(view)) {
    if (value === null || value === undefined) address.searchParams.delete(key);
    else address.searchParams.set(key, typeof value === "number" ? Number(value.toPrecision(6)) : value);
  }
  history.replaceState(history.state, "", address);
}

async function open(root, data, actions) {
  const state = { data, handle: null, reads: null };
  mounted.set(root, state);
  const { mount, READS } = await import(new URL(data.module_url, document.baseURI).href);
  state.reads = READS;
  if (mounted.get(root) === state) state.handle = mount(root, received(state.data, READS), actions);
}

/**
 * Fields not listed in READS are removed, so a forgotten one fails at once.
 * reads: path such as "data" or "data.view" -> the fields of the object, or of each in the list, there. Null stays null.
 */
export function received(object, reads, path = "data") {
  return Object.fromEntries(reads[path].map((name) => {
    const inside = `${path}.${name}`;
    const given = object[name];
    if (!(inside in reads) || given === null) return [name, given];
    return [name, Array.isArray(given) ? given.map((each) => received(each, reads, inside)) : received(given, reads, inside)];
  }));
}
