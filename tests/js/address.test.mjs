import assert from "node:assert/strict";
import { test } from "node:test";

import { addressWith } from "../../ui/components/address/address.js";

const NAMES = ["run", "preset", "encoder", "epochs", "lock"];

test("what the page shows comes first, what it does not know stays, and what it no longer shows goes", () => {
  const href = "http://lab/train?x=1&epochs=7&run=old#introduction";
  assert.equal(addressWith(href, [["run", "r"], ["encoder", "32-16"]], NAMES), "http://lab/train?run=r&encoder=32-16&x=1#introduction");
  assert.equal(addressWith("http://lab/train?epochs=7", [], NAMES), "http://lab/train");
});

test("it is written as people read it, and read back as it was", () => {
  const parts = [["lock", "epochs,encoder"], ["encoder", "openml:a&b=c #d+é"]];
  const written = addressWith("http://lab/train", parts, NAMES);
  assert.match(written, /lock=epochs,encoder&encoder=openml:a%26b%3Dc%20%23d%2B%C3%A9$/);
  assert.deepEqual([...new URL(written).searchParams], parts);
});
