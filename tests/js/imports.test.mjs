import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, normalize } from "node:path/posix";
import { test } from "node:test";

const components = new URL("../../ui/components/", import.meta.url);
const scripts = readdirSync(components, { recursive: true }).filter((name) => name.endsWith(".js"));
const source = (name) => readFileSync(new URL(name, components), "utf8");
const importsOf = (name) => [...source(name).matchAll(/^import[^"]*"([^"]+)"/gms)].map(([, path]) => normalize(`${dirname(name)}/${path}`));
const folderOf = (name) => name.split("/")[0];

test("a component imports from its own folder and from shared, and shared from itself", () => {
  const stray = scripts.flatMap((name) => importsOf(name)
    .filter((other) => ![folderOf(name), "shared"].includes(folderOf(other))).map((other) => `${name} imports ${other}`));
  assert.ok(scripts.length > 60);
  assert.deepEqual(stray, []);
});

test("every import leads to a file that is there", () => {
  const lost = scripts.flatMap((name) => importsOf(name).filter((other) => !scripts.includes(other)));
  assert.deepEqual(lost, []);
});

test("what is in shared serves two components or more, or another shared module that does", () => {
  const users = (name) => scripts.filter((other) => importsOf(other).includes(name));
  const served = (name) => new Set(users(name).flatMap((other) => (folderOf(other) === "shared" ? [...served(other)] : [folderOf(other)])));
  const lonely = scripts.filter((name) => folderOf(name) === "shared" && served(name).size < 2);
  assert.deepEqual(lonely, []);
});

test("numbers and sentences are written by shared/voice.js alone", () => {
  const others = scripts.filter((name) => name !== "shared/voice.js");
  assert.deepEqual(others.filter((name) => /toLocaleString|Intl\.NumberFormat|\.replace\("\{|\{\w+\}", ""\)/.test(source(name))), []);
});

test("16-bit steps become numbers in shared/bundle.js alone", () => {
  assert.deepEqual(scripts.filter((name) => /\b65_?535\b/.test(source(name))), ["shared/bundle.js"]);
});

test("what a script exports is used in a script, not in tests alone", () => {
  const code = scripts.map(source).join("\n");
  const exported = [...code.matchAll(/^export (?:async )?(?:const|let|function|class) (\w+)/gm)].map(([, name]) => name);
  const forTheLoader = ["mount", "READS"];
  const times = (name) => code.match(new RegExp(`\\b${name}\\b`, "g")).length;
  assert.deepEqual(exported.filter((name) => !forTheLoader.includes(name) && times(name) < 2), []);
});
