// Writes to standard output what of TypeScript's lib.webworker.d.ts the runtime has: the
// globals of ../members.json, of each the members that are there, and the types that these
// name. What TypeScript has not is in ../isolane.d.ts, by hand.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";

const lib = dirname(createRequire(import.meta.url).resolve("typescript"));
const sources = ["lib.webworker.d.ts", "lib.webworker.iterable.d.ts", "lib.webworker.asynciterable.d.ts"].map((name) =>
  ts.createSourceFile(name, readFileSync(join(lib, name), "utf8"), ts.ScriptTarget.Latest, true));
const real = JSON.parse(readFileSync(new URL("../members.json", import.meta.url), "utf8")).globals;

// What stands for more than there is.
const replaced = {
  CompressionFormat: 'type CompressionFormat = "brotli" | "deflate" | "deflate-raw" | "gzip";',
  Transferable: "type Transferable = ArrayBuffer;",
  MessageEventSource: "type MessageEventSource = MessagePort;",
  TimerHandler: "type TimerHandler = (...args: any[]) => void;",
};
// The interfaces of globals that are objects of no class of that name.
const objects = { console: "Console", crypto: "Crypto", performance: "Performance" };
// By hand in ../isolane.d.ts: the class has another name in workers, the scope has other events;
// a static member lacks.
const byHand = [
  "navigator", "addEventListener", "removeEventListener", "dispatchEvent", "onerror", "onunhandledrejection", "onrejectionhandled",
];
const valueByHand = ["ReadableStream"];

const declared = new Map(); // name to its declarations
for (const source of sources) {
  for (const node of source.statements) {
    const names = ts.isVariableStatement(node) ? node.declarationList.declarations.map((d) => d.name.text) : [node.name.text];
    for (const name of names) declared.set(name, [...(declared.get(name) ?? []), node]);
  }
}

// nameOf names a member as members.json does.
function nameOf(member) {
  const text = member.name?.getText();
  return text === "[Symbol.iterator]" ? "@@iterator" : text === "[Symbol.asyncIterator]" ? "@@asyncIterator" : text?.replaceAll('"', "");
}

const users = new Map(); // of each part of several classes: the members that they have
for (const [name, { instance }] of Object.entries(real)) {
  const interfaces = (declared.get(objects[name] ?? name) ?? []).filter(ts.isInterfaceDeclaration);
  for (const type of interfaces.flatMap((d) => d.heritageClauses ?? []).flatMap((h) => h.types)) {
    const part = type.expression.getText();
    users.set(part, [...(users.get(part) ?? []), ...(instance ?? [])]);
  }
}

// kept are the members of an interface that the runtime has; null is all.
function kept(name) {
  const object = Object.keys(objects).find((key) => objects[key] === name);
  return real[name]?.instance ?? real[object]?.instance ?? users.get(name) ?? null;
}

function textOf(node, members, allowed) {
  const begin = heirless(node, node.getFullText().slice(0, members.pos - node.pos).trim());
  const body = members.filter((m) => allowed(m)).map((m) => m.getFullText().replace(/^\n+/, "").trimEnd());
  return `${begin}\n${body.join("\n")}\n}`;
}

// heirless leaves out what an interface extends where the class has nothing of it.
function heirless(node, begin) {
  const members = kept(node.name?.text);
  for (const clause of node.heritageClauses ?? []) {
    const [type] = clause.types;
    const inherited = declared.get(type.expression.getText())?.filter(ts.isInterfaceDeclaration).flatMap((d) => d.members.map(nameOf)) ?? [];
    if (members !== null && inherited.length > 0 && !inherited.some((name) => members.includes(name))) {
      begin = begin.replace(` ${clause.getText()}`, "");
    }
  }
  return begin;
}

const done = new Set(), out = [], waiting = [];
function want(name) {
  if (!done.has(name) && declared.has(name)) {
    done.add(name);
    waiting.push(name);
  }
}
// wantTypes looks for names in what is kept.
function wantTypes(text) {
  const source = ts.createSourceFile("kept.d.ts", text, ts.ScriptTarget.Latest, true);
  (function visit(node) {
    if (ts.isTypeReferenceNode(node)) want(node.typeName.getText().split(".")[0]);
    if (ts.isExpressionWithTypeArguments(node)) want(node.expression.getText());
    if (ts.isTypeQueryNode(node)) want(node.exprName.getText().split(".")[0]);
    ts.forEachChild(node, visit);
  })(source);
}

function pick(name) {
  if (replaced[name]) return [replaced[name]];
  return declared.get(name).flatMap((node) => {
    if (ts.isInterfaceDeclaration(node)) {
      const members = kept(name);
      return [textOf(node, node.members, (m) => members === null || m.name === undefined || members.includes(nameOf(m)))];
    }
    if (ts.isVariableStatement(node)) {
      const { type } = node.declarationList.declarations[0];
      if (!(name in real) || valueByHand.includes(name)) return [];
      if (type === undefined || !ts.isTypeLiteralNode(type)) return [node.getText()];
      const members = ["prototype", ...(real[name].static ?? [])];
      return [textOf(node, type.members, (m) => m.name === undefined || members.includes(nameOf(m))) + ";"];
    }
    if (ts.isFunctionDeclaration(node) && !(name in real)) return [];
    return [node.getFullText().trim()];
  });
}

for (const name of Object.keys(real)) if (!byHand.includes(name)) want(name);
wantTypes(readFileSync(new URL("../isolane.d.ts", import.meta.url), "utf8"));
while (waiting.length > 0) {
  for (const text of pick(waiting.shift())) {
    out.push(text);
    wantTypes(text);
  }
}
process.stdout.write(`// What of the Web's APIs functions have: from TypeScript ${ts.version}'s lib.webworker.d.ts,
// Copyright (c) Microsoft Corporation, Apache License 2.0; picked by npm/pick.mjs: do not edit.

${out.join("\n\n")}
`);
