import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { codeWords, glows, heights, isIntroduced, momentOfDigit, nextDigit, reached } from "../../ui/components/monitor/story.js";

test("digit after digit sets out, and after the last the first again", () => {
  const length = nextDigit(0);
  assert.deepEqual(momentOfDigit(0, 16), { digit: 1, share: 0 });
  assert.deepEqual(momentOfDigit(1.5 * length, 16), { digit: 2, share: 0.5 });
  assert.equal(momentOfDigit(15 * length, 16).digit, 0);
  assert.deepEqual(momentOfDigit(nextDigit(0.3 * length), 16), { digit: 2, share: 0 });
});

test("the stages shine one after the other, from the first picture to the last, and then rest", () => {
  const brightest = [0, 0.125, 0.25, 0.375, 0.5].map((share) => glows(share, 5).indexOf(Math.max(...glows(share, 5))));
  assert.deepEqual(brightest, [0, 1, 2, 3, 4]);
  assert.deepEqual(glows(1, 5), [0, 0, 0, 0, 0]);
  assert.ok(glows(0.2, 9).every((glow) => glow >= 0 && glow <= 1));
});

test("what the digit has not reached is not shown yet; at the end everything is", () => {
  assert.deepEqual(reached(0, 5), [true, false, false, false, false]);
  assert.deepEqual(reached(0.26, 5), [true, true, true, false, false]);
  assert.deepEqual(reached(1, 5), [true, true, true, true, true]);
});

test("layers narrow towards the code and none vanishes", () => {
  const tall = heights([784, 256, 128, 64, 1], 784);
  assert.equal(tall[0], 1);
  assert.deepEqual([...tall].sort((one, other) => other - one), tall);
  assert.ok(tall.at(-1) >= 0.1);
});

test("a code is written number by number, with dots where none was kept and a sign for what has no room", () => {
  const write = (value) => value.toFixed(1);
  assert.deepEqual(codeWords([1.25, -0.5], 2, 8, write), ["1.3", "-0.5"]);
  assert.deepEqual(codeWords(null, 2, 8, write), ["·", "·"]);
  assert.deepEqual(codeWords([1, 2, 3, 4], 64, 4, write), ["1.0", "2.0", "3.0", "…"]);
});

test("over a replay it stands until it is closed, and wherever it is asked for", () => {
  const shown = (replay, closed, asked) => isIntroduced({ replay, closed, asked });
  assert.deepEqual([shown(true, false, false), shown(true, true, false), shown(false, false, false)], [true, false, false]);
  assert.deepEqual([shown(true, true, true), shown(false, true, true)], [true, true]);
});

test("the address that opens it is the one that the menu leads to", () => {
  const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const [, hash] = read("ui/components/monitor/introduction.js").match(/const HASH = "(#\w+)"/);
  assert.ok(read("server/addresses.py").includes(`"${hash}"`));
});
