// Writes as JSON what a file of declarations declares, in the form of ../members.json: for
// each name that stands there.
//
//     node declared.mjs isolane.d.ts < members.json
import { readFileSync } from "node:fs";
import ts from "typescript";

const [file] = process.argv.slice(2);
const real = JSON.parse(readFileSync(0, "utf8"));
const program = ts.createProgram([file], { noEmit: true, lib: ["lib.es2024.d.ts"], types: [], target: ts.ScriptTarget.ES2024 });
const checker = program.getTypeChecker();
const source = program.getSourceFile(file);
const globals = new Map(checker.getSymbolsInScope(source, ts.SymbolFlags.Value).map((s) => [s.name, s]));

const ours = (symbol) => symbol.declarations?.some((d) => d.getSourceFile() === source);
const nameOf = (symbol) => /^__@(\w+)@/.test(symbol.escapedName) ? "@@" + /^__@(\w+)@/.exec(symbol.escapedName)[1] : symbol.name;
const membersOf = (type) => checker.getPropertiesOfType(type).filter(ours).map(nameOf).filter((n) => n !== "@@toStringTag").sort();

const found = { globals: {}, isolane: {}, missing: [] };
for (const name of Object.keys(real.globals)) {
  const symbol = globals.get(name);
  if (symbol === undefined || !ours(symbol)) {
    found.missing.push(name);
    continue;
  }
  const type = checker.getTypeOfSymbolAtLocation(symbol, source);
  if (real.globals[name].static) {
    const [made] = type.getConstructSignatures();
    const prototype = type.getProperty("prototype");
    const instance = prototype ? checker.getTypeOfSymbolAtLocation(prototype, source) : made.getReturnType();
    found.globals[name] = { instance: membersOf(instance), static: membersOf(type).filter((n) => n !== "prototype") };
  } else if (real.globals[name].function) {
    found.globals[name] = { function: type.getCallSignatures().length > 0 };
  } else {
    found.globals[name] = { instance: membersOf(checker.getNonNullableType(type)) };
  }
}
const module = checker.getAmbientModules().find((m) => m.name === '"isolane"');
for (const symbol of checker.getExportsOfModule(module)) {
  if (symbol.flags & ts.SymbolFlags.Interface && real.isolane[symbol.name]) {
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    found.isolane[symbol.name] = membersOf(type).filter((n) => symbol.name !== "ServiceError" || symbol.members.has(n));
  }
}
// What is declared as a value, and is no global of the runtime's.
found.extra = [...globals.values()].filter((s) => ours(s) && !(s.name in real.globals) && s.name !== "self").map((s) => s.name).sort();
process.stdout.write(JSON.stringify(found));
