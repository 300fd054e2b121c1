/**
 * `wdstream serve`: a gallery of shards, on this machine.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { init } from "../../image/mod.ts";
import { sampleShard } from "../../dataset/sample_shard.ts";
import { createHandlerBeside } from "../../edge/handler.ts";
import "../../formats/mod.ts";
import { INSPECT_PATH, withInspector } from "../../inspect/handler.ts";
import { toSource } from "../../storage/to_source.ts";
import { toStore } from "../../storage/to_store.ts";
import { readEnvironment } from "../../runtime.ts";
import {
  type Command,
  type CommandInput,
  type CommandOutput,
  defineCommand,
  type Permission,
  UsageError,
} from "../command.ts";
import { describeBriefly } from "../describe_error.ts";
import { Interrupt } from "../interrupt.ts";
import { number, text } from "../options.ts";
import { LABELS_OPTION, readLabels } from "../labels.ts";
import { sourcePermissions } from "../permissions.ts";
import { makeSplits } from "../served_splits.ts";
import { listSources, READ_OPTIONS } from "../shard_options.ts";
import { STDIN_NAME } from "../stdin.ts";
import { countText } from "../words.ts";

const LOOPBACK = "127.0.0.1";
const PORT = 8000;

const LISTEN_PERMISSION: Permission = {
  flag: "--allow-net=HOST:PORT",
  purpose: "to listen there",
  exact: ({ values: { host, port } }) => `--allow-net=${host ?? LOOPBACK}:${port ?? PORT}`,
};

const { "end-of-archive": _endOfArchive, ...ACCESS_OPTIONS } = READ_OPTIONS;

const OPTIONS = {
  port: number(`listen on this port, 0 for any that is free (default: ${PORT})`),
  host: text(
    "HOST",
    `listen on this address (default: ${LOOPBACK}, which no other machine reaches)`,
  ),
  labels: LABELS_OPTION,
  "visitor-token-env": text(
    "NAME",
    "ask visitors for the token in this environment variable, as a password",
  ),
  ...ACCESS_OPTIONS,
} as const;

/** Serves a gallery. */
export const command: Command = defineCommand({
  name: "serve",
  summary:
    "a gallery of shards in the browser, and a page that looks into shards which are dropped there",
  details: [
    "Serves a page to look through and to search the samples of shards, and what the edge handler answers: pictures, tensors, " +
    "batches. Without SHARDS it shows the built-in sample. Shards whose names differ by a number are one split. With " +
    "indexes beside them (wdstream index) any sample is there at once. Ctrl-C ends it.",
    "At /inspect is a page for shards that are not served: .tar or .tar.gz files that are dropped there, or addresses. The " +
    "browser reads them, and only the parts that it needs: fields, sizes, classes, thumbnails, faults. Nothing is uploaded. " +
    "The gallery links to it with the shards that are served.",
    "It listens where this machine alone reaches it, and answers no page of another origin. With --host others can look " +
    "at the shards too: --visitor-token-env asks them for a password.",
  ],
  operands: { name: "SHARDS" },
  options: OPTIONS,
  permissions: [...sourcePermissions(), LISTEN_PERMISSION],
  examples: [
    "serve",
    'serve "train-{000..127}.tar" "validation-{00..03}.tar" --port 8080',
    "serve train-0000.tar --labels train.classes.txt",
  ],
  async run(input, output) {
    const interrupt = new Interrupt();
    try {
      return await serve(input, output, interrupt);
    } finally {
      interrupt.close();
    }
  },
});

async function serve(
  { values, operands }: CommandInput<typeof OPTIONS>,
  output: CommandOutput,
  interrupt: Interrupt,
): Promise<number> {
  const { host = LOOPBACK, port = PORT } = values;
  if (port > 65_535) throw new UsageError(`--port takes 0 to 65535, not ${port}`);
  if (operands.includes(STDIN_NAME)) {
    throw new UsageError("serve takes no standard input: samples are read in any order");
  }
  const given = await listSources(operands, values, output);
  const sources = given.length > 0 ? given : [toSource(sampleShard())];
  const { store, splits } = makeSplits(sources);
  const isLocal = isLoopback(host);
  const accessToken = readToken(values["visitor-token-env"]);
  await init();
  const onError = (error: unknown): void =>
    void output.writeNote(`wdstream: ${describeBriefly(error)}`).catch(() => {});
  const samples = createHandlerBeside({
    store,
    splits,
    labels: await readLabels(values.labels, sources.map(({ name }) => name), given.length === 0),
    // A page of another origin must not read shards by way of this machine.
    cors: false,
    cache: false,
    maxAgeSeconds: 0,
    maxPixels: 178_956_970,
    maxSampleBytes: 256 << 20,
    maxWorkBytes: 512 << 20,
    storageTimeoutMs: 60_000,
    maxRequests: sources.every((source) => source.isLocal) ? Number.MAX_SAFE_INTEGER : 1000,
    accessToken,
    onError,
  }, INSPECT_PATH);
  const files = toStore(store);
  const shards = { splits, open: (name: string) => files.open(name) };
  const handler = withInspector(samples, { accessToken, onError, shards });
  const { createListener } = await import("../../edge/node.ts");
  const listen = createListener(handler);
  const server = createServer((incoming, outgoing) => {
    if (isLocal && !isOwnName(incoming.headers.host)) return refuse(incoming, outgoing);
    listen(incoming, outgoing);
  });
  const own = await start(server, host, port);
  const name = host.includes(":") ? `[${host}]` : host;
  const names = Object.entries(splits).map(([split, shards]) =>
    `${split} (${countText(shards.length, "shard")})`
  );
  await output.writeLine(`http://${name}:${own}/`);
  await output.writeNote(`serving ${names.join(", ")}; Ctrl-C ends it`);
  await output.writeNote(`http://${name}:${own}/inspect looks into a shard that is dropped there`);
  if (!isLocal && accessToken === undefined) {
    await output.writeNote(
      "whoever reaches this address can look at these shards: see --visitor-token-env",
    );
  }
  await stopped(interrupt.signal);
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return 0;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

/** Whether a visitor asks for this machine by a name of its own: another name that leads here is a trick of a page. */
function isOwnName(host: string | undefined): boolean {
  const name = host?.replace(/:[0-9]*$/, "");
  return name === undefined || name === "localhost" || name === "[::1]" ||
    /^127(\.[0-9]+){3}$/.test(name);
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume();
  outgoing.writeHead(421, { "content-type": "text/plain; charset=utf-8" });
  outgoing.end("This server is asked by localhost or 127.0.0.1.\n");
}

/** Listens; gives the port. */
async function start(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: Error & { code?: string }) => {
      const isTaken = cause.code === "EADDRINUSE" || cause.name === "AddrInUse";
      const reason = isTaken ? "the port is taken; --port N takes another, 0 any" : cause.message;
      reject(new Error(`Cannot listen on ${host}:${port}: ${reason}`, { cause }));
    });
    server.listen(port, host, () => resolve());
  });
  return (server.address() as { port: number }).port;
}

function stopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}

function readToken(variable: string | undefined): string | undefined {
  if (variable === undefined) return undefined;
  const token = readEnvironment(variable);
  if (token) return token;
  throw new UsageError(
    `--visitor-token-env names "${variable}", an environment variable that is not set`,
  );
}
