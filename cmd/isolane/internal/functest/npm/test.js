// The module "isolane/test": vitest's describe, it and expect, and what calls functions.
// tools/webvendor bundles it into ../library.js (make webvendor).
import {
  ASYMMETRIC_MATCHERS_OBJECT, GLOBAL_EXPECT, JestAsymmetricMatchers, JestChaiExpect, JestExtend, addCustomEqualityTesters,
  customMatchers, getState, setState, chai,
} from "@vitest/expect";
import { afterAll, afterEach, beforeAll, beforeEach, describe, it, startTests, test } from "@vitest/runner";
import { processError } from "@vitest/utils/error";
import { fn, restoreAllMocks, spyOn } from "@vitest/spy";
import { bind, Call, call, invoke, invokeBatch } from "./invoke.js";

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test, fn, spyOn, call, invoke, invokeBatch };

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

// expect is made as vitest makes its own.
export const expect = (value, message) => {
  const { assertionCalls } = getState(expect);
  setState({ assertionCalls: assertionCalls + 1 }, expect);
  return chai.expect(value, message);
};
Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);
expect.getState = () => getState(expect);
expect.setState = (state) => setState(state, expect);
expect.extend = (matchers) => chai.expect.extend(expect, matchers);
expect.addEqualityTesters = (testers) => addCustomEqualityTesters(testers);
expect.unreachable = (message) => chai.assert.fail(`expected ${message ? `"${message}" ` : ""}not to be reached`);
chai.util.addMethod(expect, "assertions", function (expected) {
  setState({ expectedAssertionsNumber: expected }, expect);
});
chai.util.addMethod(expect, "hasAssertions", function () {
  setState({ isExpectingAssertions: true }, expect);
});
const fresh = { assertionCalls: 0, isExpectingAssertions: false, expectedAssertionsNumber: null };
globalThis[GLOBAL_EXPECT] = expect;
setState(fresh, expect);
expect.extend(customMatchers);

// checkCount holds a test to expect.assertions and expect.hasAssertions.
function checkCount() {
  const { assertionCalls, expectedAssertionsNumber: expected, isExpectingAssertions } = getState(expect);
  if (expected !== null && assertionCalls !== expected) {
    throw new Error(`expect.assertions(${expected}): ${assertionCalls} were made`);
  }
  if (isExpectingAssertions && assertionCalls === 0) throw new Error("expect.hasAssertions(): none was made");
}

// plain takes colours away: the host knows whether there are any.
const plain = (text) => text.replace(/\x1b\[[0-9;]*m/g, "");

// told is what the host is told of an error.
function told(error) {
  return {
    name: String(error.name ?? "Error"), message: plain(String(error.message ?? error)),
    stack: typeof error.stack === "string" ? error.stack : "",
    diff: typeof error.diff === "string" ? plain(error.diff) : "",
  };
}

// flatten lists the tests of a suite, in their order; a suite that failed by itself is one.
function flatten(tasks, above, out) {
  for (const task of tasks) {
    const name = [...above, task.name];
    const errors = (task.result?.errors ?? []).map(told);
    if (task.type === "suite") {
      flatten(task.tasks, name, out);
      if (errors.length > 0) out.push({ name, state: "failed", milliseconds: 0, errors });
      continue;
    }
    const state = task.result?.state === "pass" ? "passed" : task.result?.state === "fail" ? "failed" : task.mode === "todo" ? "todo" : "skipped";
    out.push({ name, state, milliseconds: Math.round(task.result?.duration ?? 0), errors });
  }
}

// run runs the tests of a module; load imports it. The message says what of them.
export async function run(load, msg, ctx) {
  const { name, pattern, timeout, callee } = msg.json();
  bind(new Call(ctx, callee));
  const runner = {
    config: {
      root: "/", setupFiles: [], passWithNoTests: false, testNamePattern: pattern ? new RegExp(pattern) : undefined,
      sequence: { shuffle: false, concurrent: false, seed: 0, hooks: "stack", setupFiles: "list" },
      maxConcurrency: 5, testTimeout: timeout, hookTimeout: timeout, retry: 0, includeTaskLocation: false, allowOnly: true,
      tags: [], strictTags: false, chaiConfig: undefined, diffOptions: undefined,
    },
    pool: "isolane",
    importFile: load,
    onBeforeTryTask: () => setState(fresh, expect),
    onAfterTryTask: checkCount,
    onAfterRunTask: () => restoreAllMocks(),
  };
  const files = await startTests([{ filepath: `/${name}`, fileTags: [] }], runner);
  const tests = [];
  for (const file of files) {
    flatten(file.tasks, [], tests);
    for (const error of file.result?.errors ?? []) tests.push({ name: [], state: "failed", milliseconds: 0, errors: [told(processError(error))] });
  }
  return { tests };
}
