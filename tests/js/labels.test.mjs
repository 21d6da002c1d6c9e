import assert from "node:assert/strict";
import { test } from "node:test";
import { isLabelled } from "../../ui/components/shared/labels.js";

test("digits have labels unless the dash is the only name that is given", () => {
  assert.deepEqual([["–"], ["a"], ["–", "a"], [..."0123456789"]].map(isLabelled), [false, true, true, true]);
});
