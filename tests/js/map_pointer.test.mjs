import assert from "node:assert/strict";
import { test } from "node:test";

import { followPointer } from "../../ui/components/map/tools/pointer.js";

/** A plot under a pointer: what it is told, in order. */
function followed() {
  const told = [];
  const plot = Object.assign(new EventTarget(), { getBoundingClientRect: () => ({ left: 0, top: 0 }) });
  Object.assign(globalThis, {
    window: new EventTarget(), requestAnimationFrame: (draw) => { draw(); return 0; }, cancelAnimationFrame: () => {},
  });
  const handlers = ["point", "click", "twice"].map((name) => [name, () => told.push(name)]);
  const end = followPointer(plot, { ...Object.fromEntries(handlers), leave: () => {}, busy: () => false });
  const happens = (type, pointerType, isPrimary, x) => {
    const event = { pointerType, isPrimary, button: 0, clientX: x, clientY: 50 };
    for (const target of [plot, window]) target.dispatchEvent(Object.assign(new Event(type), event));
  };
  return { told, happens, end };
}

test("a mouse points where it moves; two fingers that zoom point at nothing", () => {
  const { told, happens, end } = followed();
  happens("pointerdown", "touch", true, 40);
  happens("pointerdown", "touch", false, 60);
  happens("pointermove", "touch", true, 20);
  happens("pointermove", "touch", false, 80);
  happens("pointerup", "touch", false, 80);
  happens("pointerup", "touch", true, 20);
  assert.deepEqual(told, []);
  happens("pointermove", "mouse", true, 20);
  assert.deepEqual(told, ["point"]);
  end();
});

test("a tap of a finger points at once", () => {
  const { told, happens, end } = followed();
  happens("pointerdown", "touch", true, 40);
  happens("pointerup", "touch", true, 40);
  assert.deepEqual(told, ["point"]);
  end();
});
