/** What tests of functions import; "isolane test" runs them. From vitest, but for `invoke` and `call`. */
declare module "isolane/test" {
  import type { Answer, BatchHandler, Bucket, Context, Data, Handlers, Invocation, Message, MessageHandler, Nats, RequestOptions } from "isolane";

  /** A message for {@link invoke}; one of json, text and bytes is its payload. */
  interface Given {
    /** `fn.` and the function's name without it. */
    subject?: string;
    headers?: HeadersInit;
    json?: unknown;
    text?: string;
    bytes?: ArrayBuffer | ArrayLike<number>;
    id?: string;
    attempt?: number;
    /** The message is one of a stream: `ack`, `retry` and `reject` do not throw. */
    stream?: boolean;
  }

  /** What stands in the place of members of ctx; the others are the test's own, and real. */
  interface Overrides {
    /** Beside the variables of the manifest. */
    env?: { [name: string]: string };
    signal?: AbortSignal;
    invocation?: Partial<Invocation>;
    nats?: Partial<Nats>;
    kv?: (bucket: string) => Partial<Bucket>;
  }

  /** What a function said of a message of a stream. */
  interface Verdict {
    said: "ack" | "retry" | "reject";
    delay?: number;
    reason?: string;
  }

  /** What a caller would get. */
  interface InvokedReply {
    /** What the function returned, as it is. */
    readonly value: unknown;
    readonly headers: Headers;
    /** Of a Response. */
    readonly status: number | undefined;
    /** `undefined` where the function said nothing. */
    readonly said: Verdict | undefined;
    text(): string;
    json<T = any>(): T;
    bytes(): Uint8Array<ArrayBuffer>;
  }

  type Callee = ((msg: Message, ctx: Context) => unknown) | { message?: (msg: Message, ctx: Context) => unknown; batch?: BatchHandler };

  /** Calls a function's default export in the test's own context, and waits for ctx.waitUntil too. What it throws, rejects. */
  function invoke(fn: Callee, message?: Given, overrides?: Overrides): Promise<InvokedReply>;

  /** Calls a function's batch method; resolves with what it said of each message. */
  function invokeBatch(fn: Callee, messages: Given[], overrides?: Overrides): Promise<(Verdict | undefined)[]>;

  /** Calls the function on the node that serves it, over NATS, as anybody would: with limits, permissions and outcomes. */
  function call(payload?: Data, options?: RequestOptions & { /** Another function of the folder: grant it, as for ctx.nats.request. */ name?: string; /** What follows the name in the subject. */ rest?: string }): Promise<Answer>;

  type Body = () => unknown;
  interface TestOptions { timeout?: number; retry?: number; skip?: boolean; only?: boolean; todo?: boolean; fails?: boolean }
  interface It {
    (name: string, body?: Body, options?: number | TestOptions): void;
    (name: string, options: TestOptions, body: Body): void;
    skip(name: string, body?: Body, timeout?: number): void;
    only(name: string, body?: Body, timeout?: number): void;
    fails(name: string, body?: Body, timeout?: number): void;
    todo(name: string): void;
    each<T>(cases: readonly T[]): (name: string, body: (...args: T extends readonly unknown[] ? T : [T]) => unknown, timeout?: number) => void;
    skipIf(condition: unknown): It;
    runIf(condition: unknown): It;
  }
  const it: It;
  const test: It;
  interface Describe {
    (name: string, body: () => void): void;
    skip(name: string, body: () => void): void;
    only(name: string, body: () => void): void;
    todo(name: string): void;
    each<T>(cases: readonly T[]): (name: string, body: (...args: T extends readonly unknown[] ? T : [T]) => void) => void;
  }
  const describe: Describe;
  function beforeAll(body: Body, timeout?: number): void;
  function afterAll(body: Body, timeout?: number): void;
  function beforeEach(body: Body, timeout?: number): void;
  function afterEach(body: Body, timeout?: number): void;

  /** A function that remembers its calls. */
  interface Mock<F extends (...args: any[]) => any> {
    (...args: Parameters<F>): ReturnType<F>;
    readonly mock: { calls: Parameters<F>[]; results: { type: "return" | "throw" | "incomplete"; value: any }[] };
    mockImplementation(fn: F): this;
    mockImplementationOnce(fn: F): this;
    mockReturnValue(value: ReturnType<F>): this;
    mockReturnValueOnce(value: ReturnType<F>): this;
    mockResolvedValue(value: Awaited<ReturnType<F>>): this;
    mockResolvedValueOnce(value: Awaited<ReturnType<F>>): this;
    mockRejectedValue(error: unknown): this;
    mockRejectedValueOnce(error: unknown): this;
    mockClear(): this;
    mockReset(): this;
    mockRestore(): void;
  }
  function fn<F extends (...args: any[]) => any = (...args: any[]) => any>(implementation?: F): Mock<F>;
  /** Puts a mock in the place of a method until the test is over. */
  function spyOn<T, K extends keyof T>(object: T, method: K): T[K] extends (...args: any[]) => any ? Mock<T[K]> : never;

  interface Matchers<R> {
    toBe(expected: unknown): R;
    toBeCloseTo(expected: number, digits?: number): R;
    toBeDefined(): R;
    toBeFalsy(): R;
    toBeGreaterThan(expected: number | bigint): R;
    toBeGreaterThanOrEqual(expected: number | bigint): R;
    toBeInstanceOf(expected: abstract new (...args: any[]) => any): R;
    toBeLessThan(expected: number | bigint): R;
    toBeLessThanOrEqual(expected: number | bigint): R;
    toBeNaN(): R;
    toBeNull(): R;
    toBeOneOf(expected: readonly unknown[]): R;
    toBeTruthy(): R;
    toBeTypeOf(expected: "bigint" | "boolean" | "function" | "number" | "object" | "string" | "symbol" | "undefined"): R;
    toBeUndefined(): R;
    toContain(expected: unknown): R;
    toContainEqual(expected: unknown): R;
    toEqual(expected: unknown): R;
    toHaveBeenCalled(): R;
    toHaveBeenCalledTimes(expected: number): R;
    toHaveBeenCalledWith(...expected: unknown[]): R;
    toHaveBeenLastCalledWith(...expected: unknown[]): R;
    toHaveBeenNthCalledWith(n: number, ...expected: unknown[]): R;
    toHaveLength(expected: number): R;
    toHaveProperty(path: string | readonly (string | number)[], value?: unknown): R;
    toHaveReturnedWith(expected: unknown): R;
    toMatch(expected: string | RegExp): R;
    toMatchObject(expected: object): R;
    toSatisfy(check: (value: any) => boolean, message?: string): R;
    toStrictEqual(expected: unknown): R;
    toThrow(expected?: unknown): R;
  }
  interface Expectation extends Matchers<void> {
    readonly not: Expectation;
    readonly resolves: Matchers<Promise<void>> & { readonly not: Matchers<Promise<void>> };
    readonly rejects: Matchers<Promise<void>> & { readonly not: Matchers<Promise<void>> };
  }
  interface Expect {
    (value: unknown, message?: string): Expectation;
    any(type: abstract new (...args: any[]) => any): any;
    anything(): any;
    arrayContaining(expected: readonly unknown[]): any;
    objectContaining(expected: object): any;
    stringContaining(expected: string): any;
    stringMatching(expected: string | RegExp): any;
    closeTo(expected: number, digits?: number): any;
    assertions(count: number): void;
    hasAssertions(): void;
    unreachable(message?: string): never;
    extend(matchers: { [name: string]: (received: any, ...expected: any[]) => { pass: boolean; message(): string } | Promise<{ pass: boolean; message(): string }> }): void;
  }
  const expect: Expect;
}
