import assert from "node:assert/strict";
import { test } from "node:test";

import { fillPaper, roundBrush, stampDot } from "../../ui/components/shared/dots.js";
import { DIGIT_COLOURS, css, isDark, luminance, mix, rgbOfHex } from "../../ui/components/shared/colours.js";
import { inkOnPaper, inkRamp } from "../../ui/components/shared/digits.js";

test("ten digits have ten colours", () => {
  assert.equal(new Set(DIGIT_COLOURS).size, 10);
  assert.deepEqual(rgbOfHex(DIGIT_COLOURS[0]), [63, 144, 218]);
});

test("luminance is WCAG's", () => {
  assert.equal(luminance([0, 0, 0]), 0);
  assert.ok(Math.abs(luminance([255, 255, 255]) - 1) < 1e-12);
  assert.ok(Math.abs(luminance([63, 144, 218]) - 0.260652) < 1e-6);
});

test("Streamlit's light background is light and its dark one dark", () => {
  assert.deepEqual([[255, 255, 255], [240, 242, 246]].map(isDark), [false, false]);
  assert.deepEqual([[14, 17, 23], [38, 39, 48]].map(isDark), [true, true]);
});

test("colours mix channel by channel", () => {
  assert.deepEqual(mix([0, 100, 255], [100, 200, 255], 0.25), [25, 125, 255]);
  assert.equal(css([1, 2, 3]), "rgb(1, 2, 3)");
  assert.equal(css([1, 2, 3], 0.5), "rgba(1, 2, 3, 0.5)");
});

test("ink is the text's colour, paper the background's, in either theme", () => {
  for (const [background, text] of [[[255, 255, 255], [49, 51, 63]], [[14, 17, 23], [250, 250, 250]]]) {
    const pixels = inkOnPaper(Uint8Array.of(0, 255, 51), inkRamp({ background, text }));
    assert.deepEqual([...pixels.slice(0, 4)], [...background, 255]);
    assert.deepEqual([...pixels.slice(4, 8)], [...text, 255]);
    assert.deepEqual([...pixels.slice(8, 12)], [...mix(background, text, 0.2), 255]);
  }
});

test("a dot covers its middle, not its corners, and as much as a circle does", () => {
  const { size, cover } = roundBrush(3);
  assert.equal(size, 7);
  assert.equal(cover[3 * 7 + 3], 1);
  assert.equal(cover[0], 0);
  const area = cover.reduce((sum, share) => sum + share, 0);
  assert.ok(Math.abs(area - Math.PI * 9) < 1, `area ${area}`);
});

test("a dot is laid over what is there, and cut off at the edge", () => {
  const image = { width: 4, height: 3, data: new Uint8ClampedArray(4 * 3 * 4) };
  fillPaper(image, [200, 100, 0]);
  stampDot(image, 0, 1, { size: 3, cover: new Float32Array(9).fill(1) }, [0, 100, 200], 0.5);
  const pixel = (x, y) => [...image.data.slice(4 * (4 * y + x), 4 * (4 * y + x) + 4)];
  assert.deepEqual(pixel(0, 1), [100, 100, 100, 255]);
  assert.deepEqual(pixel(1, 2), [100, 100, 100, 255]);
  assert.deepEqual(pixel(2, 1), [200, 100, 0, 255]);
  assert.deepEqual(pixel(3, 0), [200, 100, 0, 255]); // nothing wraps round to the other side
});
