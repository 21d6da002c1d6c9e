import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { facts } from "../../ui/components/dataset/preview.js";
import { send, totalOf } from "../../ui/components/shared/sending.js";
import { voiceOf } from "../../ui/components/shared/voice.js";

const words = JSON.parse(readFileSync(new URL("../../ui/components/dataset/words.json", import.meta.url)));
const voice = voiceOf(words, "en");
const file = (name, size) => ({ name, size });

/** Requests that are answered in turn by {status, responseText}, or never where there is none. */
function server(answers) {
  const made = [];
  const open = () => {
    const request = {
      upload: {}, headers: {},
      open: (_, url) => { request.url = url; made.push(request); },
      setRequestHeader: () => {},
      send() {
        request.upload.onprogress({ loaded: 5 });
        const answer = answers.shift();
        if (answer) queueMicrotask(() => request.onload(Object.assign(request, answer)));
      },
      abort: () => request.onabort(),
    };
    return request;
  };
  return { open, made };
}

test("several files are one upload, sent one after the other, and their bytes are counted together", async () => {
  const { open, made } = server([{ status: 200, responseText: '{"upload":"abc"}' }, { status: 200, responseText: '{"upload":"abc"}' }]);
  const files = [file("a b.gz", 10), file("c", 20)];
  const told = [];
  assert.equal(await send(files, "api/uploads", "es", (bytes) => told.push(bytes), open).answer, "abc");
  assert.deepEqual(made.map(({ url }) => url), ["api/uploads?lang=es&name=a%20b.gz", "api/uploads?lang=es&name=c&to=abc"]);
  assert.deepEqual(told, [5, 10, 15, 30]);
  assert.equal(totalOf(files), 30);
});

test("the server's sentence is handed on, an answer that is none is not, and a cancelled file stops the rest", async () => {
  const refused = server([{ status: 400, responseText: '{"error":"Too large."}' }]);
  await assert.rejects(send([file("a", 1)], "u", "en", () => {}, refused.open).answer, { message: "Too large." });
  const broken = server([{ status: 502, responseText: "<html>" }]);
  await assert.rejects(send([file("a", 1)], "u", "en", () => {}, broken.open).answer, { message: "" });
  const slow = server([]);
  const sending = send([file("a", 1), file("b", 1)], "u", "en", () => {}, slow.open);
  sending.cancel();
  await assert.rejects(sending.answer, { message: "" });
  assert.equal(slow.made.length, 1);
});

test("a preview says what is proposed first, then what was found and left out", () => {
  const preview = {
    count: 1200, sizes: [[60, 45], [28, 28]], low: 0, high: 255, classes: [..."ABCDEFGHIJKLMNÑ"], n_held_out: 171, n_training: 1029,
    notes: ["The background is bright."], left_out: ["2 files."],
  };
  assert.deepEqual(facts(preview, voice), [
    "The background is bright.",
    "1,200 images of 2 sizes, most 60×45 pixels, values from 0 to 255",
    "15 labels: A, B, C, D, E, F, G, H, I, J, K, L, …",
    "171 held out, 1,029 to train on",
    "Left out: 2 files.",
  ]);
  assert.ok(facts({ ...preview, classes: [] }, voice).includes("no labels"));
});
