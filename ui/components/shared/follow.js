// A link to another page of ours, followed without loading everything anew: as if the browser's forward button led there.

/** For a click on a link; with a key held, the browser opens the link as it likes. */
export function follow(event, link = event.currentTarget) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState({}, "", link.href);
  window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}
