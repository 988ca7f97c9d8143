// Says what an editor offers behind each "msg." and "ctx." of a file: the language service is
// what VS Code asks.
//
//     node complete.mjs isolane.d.ts FILE
import { readFileSync } from "node:fs";
import ts from "typescript";

const [declarations, file] = process.argv.slice(2);
const host = {
  getScriptFileNames: () => [declarations, file],
  getScriptVersion: () => "1",
  getScriptSnapshot: (name) => ts.sys.fileExists(name) ? ts.ScriptSnapshot.fromString(readFileSync(name, "utf8")) : undefined,
  getCurrentDirectory: () => process.cwd(),
  getCompilationSettings: () => ({ lib: ["lib.es2024.d.ts"], types: [], target: ts.ScriptTarget.ES2024, allowJs: true, checkJs: true, strict: true }),
  getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
  fileExists: ts.sys.fileExists,
  readFile: ts.sys.readFile,
};
const service = ts.createLanguageService(host);
const found = {};
for (const { 0: text, 1: name, index } of readFileSync(file, "utf8").matchAll(/\b(msg|ctx)\./g)) {
  const { entries } = service.getCompletionsAtPosition(file, index + text.length, {}) ?? { entries: [] };
  found[name] ??= entries.filter((e) => e.kind !== "warning").map((e) => e.name).sort();
}
process.stdout.write(JSON.stringify(found));
