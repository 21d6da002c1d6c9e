// The way to the button that starts a training: it is Streamlit's, and often out of sight, on a phone far below.

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
