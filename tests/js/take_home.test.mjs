// Files that the server makes: what they are called, and what is said where there is none.
import assert from "node:assert/strict";
import { test } from "node:test";

import { fetched, nameIn } from "../../ui/components/shared/take_home/files.js";

test("a file is called as the server says, also in letters that are not ASCII", () => {
  assert.equal(nameIn('attachment; filename="quick-map.zip"'), "quick-map.zip");
  assert.equal(nameIn("attachment; filename*=utf-8''%C3%B1and%C3%BA-codes.csv"), "ñandú-codes.csv");
  assert.equal(nameIn(""), "run");
});

test("a refusal carries the server's sentence, and an answer without one carries none", async () => {
  const answers = [
    { ok: false, status: 400, json: async () => ({ error: "No maps." }) },
    { ok: false, status: 502, json: async () => { throw new Error("no JSON"); } },
    { ok: true, headers: new Headers({ "Content-Disposition": 'attachment; filename="a.csv"' }), blob: async () => "content" },
  ];
  globalThis.fetch = async () => answers.shift();
  await assert.rejects(fetched("u"), { said: "No maps." });
  await assert.rejects(fetched("u"), (problem) => problem.said === undefined);
  assert.deepEqual(await fetched("u"), { name: "a.csv", blob: "content" });
});
