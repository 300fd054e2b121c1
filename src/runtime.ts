/**
 * Which runtime this is, and what only some have: the one place that asks.
 *
 * @module
 */

/** What is used of Deno's own, whose modules for Node take 40 ms to load. */
export interface DenoLike {
  readonly args: readonly string[];
  readonly build?: { readonly os?: string };
  readonly env: { get(name: string): string | undefined };
  readonly permissions?: {
    querySync?(asked: { name: "env"; variable: string }): { readonly state: string };
  };
  exitCode: number;
  readonly stdin: { readonly readable: ReadableStream<Uint8Array<ArrayBuffer>> };
  readonly stdout: DenoOutputLike;
  readonly stderr: DenoOutputLike;
  open(path: string, options: { readonly read: true }): Promise<DenoFileLike>;
  addSignalListener(name: string, listener: () => void): void;
  removeSignalListener(name: string, listener: () => void): void;
  stat(path: string): Promise<DenoFileFacts>;
}

/** Standard output, or standard error. */
export interface DenoOutputLike {
  /** Writes some of the bytes; gives how many. */
  write(bytes: Uint8Array): Promise<number>;
  isTerminal(): boolean;
}

/** An open file. */
export interface DenoFileLike {
  read(buffer: Uint8Array): Promise<number | null>;
  seek(offset: number, whence: 0): Promise<number>;
  stat(): Promise<DenoFileFacts>;
  close(): void;
}

/** What is known of a file. */
export interface DenoFileFacts {
  readonly size: number;
  readonly mtime: Date | null;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
}

/** What is used of the process of Node and Bun. */
export interface NodeProcessLike {
  readonly argv: readonly string[];
  exitCode?: number | string | null;
  readonly env?: Record<string, string | undefined>;
  readonly platform?: string;
  readonly versions?: { readonly node?: string };
  readonly stdin: AsyncIterable<Uint8Array> & { destroy(): unknown };
  readonly stdout: NodeOutputLike & { readonly isTTY?: boolean };
  readonly stderr: NodeOutputLike & { readonly isTTY?: boolean };
  on(name: string, listener: () => void): unknown;
  off(name: string, listener: () => void): unknown;
}

/** Standard output, or standard error. */
export interface NodeOutputLike {
  write(output: string | Uint8Array, done: (error?: Error | null) => void): unknown;
  on(type: "error", listener: () => void): unknown;
}

/** What is used of Bun's own. */
export interface BunLike {
  gc(isForced: boolean): void;
  readonly Transpiler: new (options: { readonly loader: "ts" }) => {
    transformSync(text: string): string;
  };
}

interface Scope {
  readonly Deno?: DenoLike;
  readonly Bun?: BunLike;
  readonly process?: NodeProcessLike;
  readonly location?: { readonly href?: string };
  readonly navigator?: { readonly userAgent?: string };
  readonly caches?: { readonly default?: unknown };
  readonly FixedLengthStream?: FixedLengthStreamLike;
}

/** A stream that is told its length, of Cloudflare's runtime. */
export type FixedLengthStreamLike = new (length: number) => {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array<ArrayBuffer>>;
};

const scope = globalThis as Scope;

/** Whether this is Deno. */
export const isDeno: boolean = scope.Deno !== undefined;

/** Deno itself, where this is Deno. */
export function denoScope(): DenoLike | undefined {
  return scope.Deno;
}

/** Bun itself, where this is Bun. */
export function bunScope(): BunLike | undefined {
  return scope.Bun;
}

/** The process, on Node and Bun, where it is a global. */
export function nodeProcess(): NodeProcessLike {
  return scope.process as NodeProcessLike;
}

/** Whether the system is Linux. */
export function isLinux(): boolean {
  // In this order: Deno makes its `process` when it is first asked for, which takes 20 ms.
  return (scope.Deno?.build?.os ?? scope.process?.platform) === "linux";
}

/** The value of an environment variable; an empty one is none. */
export function readEnvironment(name: string): string | undefined {
  const value = scope.Deno === undefined ? scope.process?.env?.[name] : scope.Deno.env.get(name);
  return value === "" ? undefined : value;
}

/** Whether an environment variable may be read without asking anybody: Deno has a permission for each. */
export function mayReadEnvironment(variable: string): boolean {
  const asked = scope.Deno?.permissions?.querySync?.({ name: "env", variable });
  return asked === undefined || asked.state === "granted";
}

/** The address that relative paths refer to in a browser; nothing where there are files. */
export function pageUrl(): string | undefined {
  if (scope.Deno !== undefined || scope.process?.versions?.node !== undefined) return undefined;
  return scope.location?.href;
}

/** Whose memory this takes: that of a process, of a page, or of an isolate, which has 128 MB on Cloudflare. */
export function memoryOwner(): "process" | "page" | "isolate" {
  if (scope.Deno !== undefined || scope.Bun !== undefined) return "process";
  // First, for it may imitate Node's process.
  if (scope.navigator?.userAgent === "Cloudflare-Workers") return "isolate";
  if (scope.process?.versions?.node !== undefined) return "process";
  return scope.location?.href === undefined ? "isolate" : "page";
}

/** Whether `fetch` answers from a cache of the runtime's own, as browsers do. */
export function hasAnswerCache(): boolean {
  return memoryOwner() === "page";
}

/** Has Bun collect its garbage; others do so by themselves. */
export function collectGarbage(): void {
  scope.Bun?.gc(true);
}

/** The cache of the platform, where it has one for answers. */
export function platformCache(): unknown {
  return scope.caches?.default;
}

/** The platform's stream of a known length, where it has one. */
export function fixedLengthStream(): FixedLengthStreamLike | undefined {
  return scope.FixedLengthStream;
}

/** What a worker of the web has as its global scope; Node's workers have a port in its place. */
export interface WorkerScopeLike {
  postMessage?(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
}

/** The scope of the worker that runs this. */
export const workerScope: WorkerScopeLike = globalThis as unknown as WorkerScopeLike;

/** Gives programs that were compiled for browsers what they call a picture, where the runtime has none. */
export function provideImageData(): void {
  const target = globalThis as { ImageData?: unknown };
  target.ImageData ??= class ImageData {
    readonly data: Uint8ClampedArray;
    readonly width: number;
    readonly height: number;

    constructor(data: Uint8ClampedArray, width: number, height: number) {
      this.data = data;
      this.width = width;
      this.height = height;
    }
  };
}
