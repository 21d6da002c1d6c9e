// The way to what is Streamlit's and may be out of sight: the button that starts a training, and the top of the page.

const PATIENCE = 3000; // milliseconds for a page that is still being drawn

/** Brings the button into sight, with the form above it, and gives it the focus; as soon as it is there. */
export function goToStart(_event, until = performance.now() + PATIENCE) {
  const button = document.querySelector(".st-key-start button");
  if (button) {
    button.scrollIntoView({ block: "center" });
    button.focus({ preventScroll: true });
  } else if (performance.now() < until) {
    requestAnimationFrame(() => goToStart(null, until));
  }
}

/** Scrolls up to where the page says what has happened to it; Streamlit keeps a page scrolled as it was. */
export function goToTop() {
  document.querySelector("[data-testid=stMain]")?.scrollTo({ top: 0 });
}
