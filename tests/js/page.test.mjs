import assert from "node:assert/strict";
import { test } from "node:test";

/** A document that only hears clicks, and a history that only remembers where it was sent. */
function browser() {
  const [heard, visited] = [new Set(), []];
  Object.assign(globalThis, {
    document: {
      documentElement: {}, querySelector: () => null,
      addEventListener: (_type, hear) => heard.add(hear), removeEventListener: (_type, hear) => heard.delete(hear),
    },
    history: { pushState: (_state, _title, href) => visited.push(href) },
    window: { dispatchEvent: ({ type }) => visited.push(type) },
    PopStateEvent: class { constructor(type) { this.type = type; } },
  });
  return { heard, visited };
}

function click(heard, link, keys = {}) {
  const event = { target: { closest: (wanted) => (wanted === "a.lab-page-link" ? link : null) }, prevented: false, ...keys };
  event.preventDefault = () => { event.prevented = true; };
  heard.forEach((hear) => hear(event));
  return event.prevented;
}

test("a form that was filled from a run is brought into sight, once", async () => {
  browser();
  const { mount } = await import("../../ui/components/page/page.js");
  const seen = [];
  const page = mount(null, { lang: "en", forms_filled: 1 }); // before this page was opened
  const button = { scrollIntoView: () => seen.push("in sight"), focus: () => seen.push("focus") };
  document.querySelector = (wanted) => (wanted === ".st-key-start button" ? button : null);
  page.update({ lang: "en", forms_filled: 1 });
  assert.deepEqual(seen, []);
  page.update({ lang: "en", forms_filled: 2 });
  page.update({ lang: "es", forms_filled: 2 });
  assert.deepEqual(seen, ["in sight", "focus"]);
});

test("a link to a page of ours is followed without loading everything anew", async () => {
  const { heard, visited } = browser();
  const { mount } = await import("../../ui/components/page/page.js");
  const page = mount(null, { lang: "es", forms_filled: 0 });
  assert.equal(document.documentElement.lang, "es");
  assert.equal(click(heard, { href: "/train?run=a" }), true);
  assert.deepEqual(visited, ["/train?run=a", "popstate"]);
  assert.equal(click(heard, { href: "/train?run=a" }, { ctrlKey: true }), false); // a tab of its own
  assert.equal(click(heard, null), false); // no link of ours
  assert.equal(visited.length, 2);
  page.destroy();
  assert.equal(heard.size, 0);
});

test("the top of the page, where it says what has happened to it, is a scroll of Streamlit's own", async () => {
  browser();
  const { goToTop } = await import("../../ui/components/shared/start_button.js");
  goToTop(); // a page that is still being drawn
  const scrolled = [];
  document.querySelector = (wanted) => (wanted === "[data-testid=stMain]" ? { scrollTo: (to) => scrolled.push(to) } : null);
  goToTop();
  assert.deepEqual(scrolled, [{ top: 0 }]);
});
