// Plotly comes once a page, however many figures use it: the server's own copy of its basic bundle, as axes, lines and
// bars are all that is drawn with it.

const scripts = new Map();

/** The Plotly object; fails where the script cannot be had, and tries anew when asked again. */
export function loadPlotly(url) {
  if (globalThis.Plotly) return Promise.resolve(globalThis.Plotly);
  if (!scripts.has(url)) scripts.set(url, addScript(url));
  return scripts.get(url);
}

function addScript(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(globalThis.Plotly);
    script.onerror = () => {
      scripts.delete(url);
      reject(new Error(`${url} could not be loaded.`));
    };
    document.head.append(script);
  });
}
