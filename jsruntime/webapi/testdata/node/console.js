// Writes what Node prints of each line of cases.txt: node testdata/node/console.js > testdata/node/console.json
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { Writable } = require("node:stream");

const cases = fs.readFileSync(path.join(__dirname, "cases.txt"), "utf8").trim().split("\n");
const prints = cases.map((code) => {
  let out = "";
  const stream = new Writable({ write(chunk, encoding, done) { out += chunk; done(); } });
  const console = new globalThis.console.Console({ stdout: stream, stderr: stream });
  new Function("console", code)(console);
  return { code, prints: out };
});
process.stdout.write(JSON.stringify({ node: process.versions.node, cases: prints }, null, 1) + "\n");
