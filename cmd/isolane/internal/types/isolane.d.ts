/** What a function gets and gives: `import type { Message, Context } from "isolane";` */
declare module "isolane" {
  /** What holds a payload. */
  interface Payload {
    /** The payload as text; bytes that are not UTF-8 become U+FFFD. */
    text(): string;
    /** The payload parsed as JSON. */
    json<T = any>(): T;
    /** The payload as it was sent, as a fresh array. */
    bytes(): Uint8Array<ArrayBuffer>;
  }

  /** A message that a function is called with. */
  interface Message extends Payload {
    /** The NATS subject, for instance `fn.hello.eu`. */
    readonly subject: string;
    /** Its headers; what the Fetch standard forbids in a header is left out. */
    readonly headers: Headers;
    /** Of a message of a stream the same in each delivery; else `ctx.invocation.id`. */
    readonly id: string;
    /** The number of the delivery, from 1. */
    readonly attempt: number;
    /** Acknowledges a message of a stream, also where the function fails afterwards. Throws for a request. */
    ack(): void;
    /** Has a message of a stream delivered again. Throws for a request. */
    retry(options?: RetryOptions): void;
    /** Makes a message of a stream a dead letter at once. Throws for a request. */
    reject(reason?: string): void;
  }

  interface RetryOptions {
    /** Milliseconds until the next delivery, 7 days at most; the back-off of the trigger without it. */
    delay?: number;
  }

  /** What an invocation has beside its message. */
  interface Context {
    /** The manifest's `env`, and the node's that `permissions.env` lists. Frozen. */
    readonly env: { readonly [name: string]: string | undefined };
    /** Aborts at the deadline (`TimeoutError`), or shutdown (`AbortError`). */
    readonly signal: AbortSignal;
    readonly invocation: Invocation;
    /** Messages to others, as `permissions.nats` grants. */
    readonly nats: Nats;
    /** A key-value bucket that `permissions.kv` names. */
    kv(bucket: string): Bucket;
    /**
     * Calls a method of a keyed function that `permissions.calls` names, for one key; resolves with
     * what it returns. What fails there rejects with a {@link CallError}.
     */
    call<T = any>(name: string, key: string, method: string, args?: unknown, options?: CallOptions): Promise<T>;
    /** The key of the message, of a keyed function; throws for all others. */
    readonly key: string;
    /** The state of that key, of a keyed function; throws for all others. */
    readonly state: {
      /** What the message before left behind, or what this one has put: a copy, undefined for none. */
      get<T = any>(): Promise<T | undefined>;
      /** Makes a JSON value the state. It is committed with the message, if that ends well. */
      put(value: unknown): Promise<void>;
      /** Takes the state away, if the message ends well. */
      delete(): Promise<void>;
    };
    /** The alarm of that key, one for each, of a keyed function; throws for all others. */
    readonly alarm: {
      /** When it is due, in milliseconds since 1970; undefined where none is set, as in `alarm(ctx)` itself. */
      get(): Promise<number | undefined>;
      /** Has `alarm(ctx)` called at that time, in place of any alarm before. It is committed with the message, if that ends well. */
      set(when: Date | number): Promise<void>;
      /** Takes the alarm away, if the message ends well. */
      delete(): Promise<void>;
    };
    /** Keeps the invocation alive after its reply, until the promise settles or the wall limit passes. */
    waitUntil(promise: Promise<unknown>): void;
  }

  interface Invocation {
    /** The same in each attempt. */
    readonly id: string;
    /** From 1. */
    readonly attempt: number;
    /** Milliseconds since 1970. */
    readonly deadline: number;
    /** The node's name. */
    readonly node: string;
    /** The runtime's number on its node. */
    readonly runtime: number;
  }

  /** What can be sent: nothing, text, bytes, or what JSON can write. */
  type Data = undefined | null | string | number | boolean | object;

  interface Nats {
    /**
     * Publishes. Resolves when the server has the message; with `ack`, `delay` or `at` when a
     * stream has it.
     */
    publish(subject: string, data: Data, options: PublishOptions & ({ ack: true } | { delay: number } | { at: Date | number })): Promise<Published>;
    publish(subject: string, data?: Data, options?: PublishOptions): Promise<Published | undefined>;
    /** Asks, and resolves with the first answer. An answer that tells of an error rejects with a {@link ServiceError}. */
    request(subject: string, data?: Data, options?: RequestOptions): Promise<Answer>;
  }

  interface PublishOptions {
    /** None of `Isolane-`, `Nats-` and `Status`. */
    headers?: HeadersInit;
    /** The message's id, which a stream takes once; the invocation's id and a number without it. */
    msgId?: string;
    /** Wait until a stream has the message. */
    ack?: boolean;
    /** Publish after so many milliseconds, 366 days at most. Not with `at`. */
    delay?: number;
    /** Publish at that time: a `Date`, or milliseconds since 1970. Not with `delay`. */
    at?: Date | number;
    /** Gives up waiting. */
    signal?: AbortSignal | null;
  }

  interface RequestOptions {
    /** None of `Isolane-`, `Nats-` and `Status`. */
    headers?: HeadersInit;
    /** Milliseconds; the invocation's deadline without it. */
    timeout?: number;
    /** Gives up waiting. */
    signal?: AbortSignal | null;
  }

  interface CallOptions {
    /** Milliseconds; the invocation's deadline without it. */
    timeout?: number;
    /** Gives up waiting. */
    signal?: AbortSignal | null;
    /** Tells the call from others of its key, across invocations: the key is changed by it once. */
    callId?: string;
  }

  /** How `ctx.call` rejects where the method threw, or was stopped. */
  interface CallError extends DOMException {
    readonly name: "CallError";
    /** As in HTTP: 400 where there is no such method, 500 where it threw, and so on. */
    readonly code: number;
    readonly outcome: Exclude<Outcome, "ok">;
    /** What the method threw, made anew: `name`, `message`, `code` and `stack`. */
    readonly cause?: Error & { code?: string | number };
  }

  /** Where a stream has a message. */
  interface Published {
    readonly stream: string;
    readonly sequence: number;
    /** The stream had a message of that id already. */
    readonly duplicate: boolean;
  }

  /** The answer to a request. */
  interface Answer extends Payload {
    readonly subject: string;
    readonly headers: Headers;
  }

  /** How `ctx.nats.request` rejects where the answer tells of an error. */
  interface ServiceError extends DOMException {
    readonly name: "ServiceError";
    /** As in HTTP: 404, 500, 503 and so on. */
    readonly code: number;
    readonly outcome: Exclude<Outcome, "ok"> | undefined;
    readonly reply: Answer;
  }

  /** What can become of a call. */
  type Outcome =
    | "ok" | "bad-request" | "not-found" | "timeout" | "too-large" | "exception" | "exceeded-cpu" | "exceeded-memory"
    | "overloaded" | "crashed" | "canceled";

  /** `error.name` of what rejects in `ctx.nats` and `ctx.kv`. */
  type ErrorName =
    | "PermissionDeniedError" | "TypeError" | "NoRespondersError" | "TimeoutError" | "ServiceError" | "NoStreamError"
    | "RefusedError" | "ConflictError" | "NotFoundError" | "TooLargeError" | "OverloadedError" | "ConnectionError"
    | "LoopError" | "CallError" | "CycleError" | "LostError" | "AppliedError" | "ForgottenError" | "UnavailableError" | "AbortError";

  /** A key-value bucket. Keys are letters, digits and `-` `/` `_` `=`, with single points between. */
  interface Bucket {
    readonly name: string;
    /** The entry, or `null` where there is none. */
    get(key: string, options?: GetOptions): Promise<Entry | null>;
    /** Writes, whatever was there; resolves with the revision. */
    put(key: string, value: Exclude<Data, undefined>, options?: WriteOptions): Promise<number>;
    /** Writes where there is nothing, else `ConflictError`; resolves with the revision. */
    create(key: string, value: Exclude<Data, undefined>, options?: WriteOptions): Promise<number>;
    /** Writes where the key has that revision, else `ConflictError`; resolves with the new one. */
    update(key: string, value: Exclude<Data, undefined>, revision: number, options?: WriteOptions): Promise<number>;
    /** Takes the value away. */
    delete(key: string, options?: DeleteOptions): Promise<void>;
    /** The keys, sorted; more than `limit` are a `TooLargeError`. */
    keys(options?: KeysOptions): Promise<string[]>;
  }

  interface GetOptions {
    /** That revision, not the newest. */
    revision?: number;
    signal?: AbortSignal | null;
  }

  interface WriteOptions {
    signal?: AbortSignal | null;
  }

  interface DeleteOptions {
    /** Only where the key has that revision, else `ConflictError`. */
    revision?: number;
    signal?: AbortSignal | null;
  }

  interface KeysOptions {
    /** For instance `orders.*`; all keys without it. */
    filter?: string;
    /** 1,000 without it, 10,000 at most. */
    limit?: number;
    signal?: AbortSignal | null;
  }

  interface Entry extends Payload {
    readonly key: string;
    readonly revision: number;
    /** Milliseconds since 1970. */
    readonly created: number;
  }

  /** What a function may return: nothing, text, bytes, a Response, or what JSON can write. */
  type Reply = void | Data | Response;

  /** `export default (async (msg, ctx) => { ... }) satisfies MessageHandler;` */
  type MessageHandler = (msg: Message, ctx: Context) => Reply | Promise<Reply>;

  /** What takes several messages of a stream; see `stream.batch` of the manifest. */
  type BatchHandler = (msgs: Message[], ctx: Context) => unknown;

  /** What takes the alarm of a key, of a keyed function. */
  type AlarmHandler = (ctx: Context) => unknown;

  /** `export default { async message(msg, ctx) { ... } } satisfies Handlers;` */
  type Handlers =
    | { message: MessageHandler; batch?: BatchHandler; alarm?: AlarmHandler }
    | { message?: MessageHandler; batch: BatchHandler };
}

// What functions have of the Web's APIs, and TypeScript's own declarations have not, or
// have otherwise.

declare var self: typeof globalThis;

/** The events of the global scope. */
interface GlobalEventMap {
  error: ErrorEvent;
  unhandledrejection: PromiseRejectionEvent;
  rejectionhandled: PromiseRejectionEvent;
}

declare function addEventListener<K extends keyof GlobalEventMap>(type: K, listener: (event: GlobalEventMap[K]) => any, options?: boolean | AddEventListenerOptions): void;
declare function addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
declare function removeEventListener<K extends keyof GlobalEventMap>(type: K, listener: (event: GlobalEventMap[K]) => any, options?: boolean | EventListenerOptions): void;
declare function removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
declare function dispatchEvent(event: Event): boolean;
/** `true` keeps the error from the log. */
declare var onerror: ((message: any, filename: string, line: number, column: number, error: any) => any) | null;
/** `false` keeps the rejection from the log. */
declare var onunhandledrejection: ((event: PromiseRejectionEvent) => any) | null;
declare var onrejectionhandled: ((event: PromiseRejectionEvent) => any) | null;

interface Navigator {
  /** `Isolane/` and the version. */
  readonly userAgent: string;
}

declare var Navigator: { prototype: Navigator; new(): Navigator };

declare var navigator: Navigator;

interface QuotaExceededErrorOptions {
  quota?: number;
  requested?: number;
}

/** There is no room for what is asked. */
interface QuotaExceededError extends DOMException {
  /** How much there may be, or null where that is not said. */
  readonly quota: number | null;
  /** How much was asked for, or null where that is not said. */
  readonly requested: number | null;
}

declare var QuotaExceededError: {
  prototype: QuotaExceededError;
  new(message?: string, options?: QuotaExceededErrorOptions): QuotaExceededError;
};

interface RequestInit {
  /** Needed where the body is a stream. */
  duplex?: "half";
}

interface Request {
  readonly duplex: "half";
}

interface WritableStreamDefaultController {
  readonly abortReason: any;
}

interface ReadableStreamConstructor {
  prototype: ReadableStream;
  new(underlyingSource: UnderlyingByteSource, strategy?: { highWaterMark?: number }): ReadableStream<Uint8Array<ArrayBuffer>>;
  new<R = any>(underlyingSource: UnderlyingDefaultSource<R>, strategy?: QueuingStrategy<R>): ReadableStream<R>;
  new<R = any>(underlyingSource?: UnderlyingSource<R>, strategy?: QueuingStrategy<R>): ReadableStream<R>;
  /** A stream of what an iterable, or an asynchronous one, has. */
  from<R>(iterable: Iterable<R> | AsyncIterable<R>): ReadableStream<R>;
}

declare var ReadableStream: ReadableStreamConstructor;

type URLPatternInput = string | URLPatternInit;

interface URLPatternInit {
  protocol?: string;
  username?: string;
  password?: string;
  hostname?: string;
  port?: string;
  pathname?: string;
  search?: string;
  hash?: string;
  baseURL?: string;
}

interface URLPatternOptions {
  ignoreCase?: boolean;
}

interface URLPatternComponentResult {
  input: string;
  groups: { [key: string]: string | undefined };
}

interface URLPatternResult {
  inputs: URLPatternInput[];
  protocol: URLPatternComponentResult;
  username: URLPatternComponentResult;
  password: URLPatternComponentResult;
  hostname: URLPatternComponentResult;
  port: URLPatternComponentResult;
  pathname: URLPatternComponentResult;
  search: URLPatternComponentResult;
  hash: URLPatternComponentResult;
}

/** Matches URLs: `new URLPattern({ pathname: "/books/:id" })`. */
interface URLPattern {
  readonly protocol: string;
  readonly username: string;
  readonly password: string;
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
  readonly hasRegExpGroups: boolean;
  test(input?: URLPatternInput, baseURL?: string): boolean;
  exec(input?: URLPatternInput, baseURL?: string): URLPatternResult | null;
}

declare var URLPattern: {
  prototype: URLPattern;
  new(input: URLPatternInput, baseURL: string, options?: URLPatternOptions): URLPattern;
  new(input?: URLPatternInput, options?: URLPatternOptions): URLPattern;
  compareComponent(component: keyof Omit<URLPatternInit, "baseURL">, left: URLPattern, right: URLPattern): -1 | 0 | 1;
};

declare namespace WebAssembly {
  /** A kind of exception. */
  interface Tag {}

  var Tag: { prototype: Tag; new(type: { parameters: ValueType[] }): Tag };

  /** That of JavaScript's exceptions. */
  const JSTag: Tag;

  interface Exception {
    is(tag: Tag): boolean;
    getArg(tag: Tag, index: number): any;
  }

  var Exception: { prototype: Exception; new(tag: Tag, payload: any[], options?: { traceStack?: boolean }): Exception };
}
