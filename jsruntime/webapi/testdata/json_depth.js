// JSON.parse refuses what is nested more deeply than anything is, before it takes memory
// for it, and nothing else.
assert(JSON.parse.name === "parse" && JSON.parse.length === 2);
throws("TypeError", () => new JSON.parse("1"));
assert(JSON.parse(1) === 1 && JSON.parse({ toString: () => "[2]" })[0] === 2);
assert(JSON.parse('{"a":1}', (k, v) => (k === "a" ? v + 1 : v)).a === 2);
throws("SyntaxError", () => JSON.parse());
throws("TypeError", () => JSON.parse(Symbol()));

const million = 2 ** 20;
for (const text of ["[".repeat(3 * million), '{"a":'.repeat(2 * million), "[".repeat(2 * million) + "]".repeat(2 * million), '"\\\\"' + "[".repeat(3 * million)]) {
  throws("RangeError", () => JSON.parse(text), "nested more than 1048576 deep");
}
// Wide, and with brackets, quotes and backslashes within strings.
const strings = ["[".repeat(3 * million), '"{\\', "\\\\".repeat(7), '\\"[{"', "]}"];
const back = JSON.parse(JSON.stringify(strings));
for (let i = 0; i < strings.length; i++) assert(back[i] === strings[i], "string " + i);
assert(JSON.parse("[" + "[[]],".repeat(million) + "0]").length === million + 1);
assert(JSON.parse("[".repeat(1000) + " ".repeat(3 * million) + "]".repeat(1000)).length === 1);
throws("SyntaxError", () => JSON.parse('["' + "[".repeat(3 * million))); // a string without an end
