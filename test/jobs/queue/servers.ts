/**
 * Real servers of a test's own: on 127.0.0.1, at a free port, with a folder of their own, ended by their process.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";

/** A server that can be killed and started again. */
export interface TestServer {
  /** What a queue is opened with. */
  readonly url: string;
  readonly pid: number;
  /** Ends it at once, as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again, at the same port with the same folder, and waits until it answers. */
  start(): Promise<void>;
  /** Ends it, and takes its folder away. */
  close(): Promise<void>;
}

/** What {@linkcode startServer} starts. */
export type ServerKind = "redis" | "postgres";

/** Where a server's program is; nothing where it is not installed. */
function findProgram(kind: ServerKind): string | undefined {
  if (kind === "redis") {
    return ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].find(existsSync);
  }
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return undefined;
  return readdirSync(root).map((version) => `${root}/${version}/bin`)
    .find((folder) => existsSync(`${folder}/initdb`));
}

/** Why a kind of server cannot be started here. */
export function whyNoServer(kind: ServerKind): string | undefined {
  if (findProgram(kind) !== undefined) return undefined;
  return `${kind === "redis" ? "redis-server" : "postgresql"} is not installed`;
}

/** A port of 127.0.0.1 that nobody has. */
export async function findPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a server with a folder of its own below one that is there. */
export async function startServer(
  kind: ServerKind,
  folder: string,
  args: readonly string[] = [],
): Promise<TestServer> {
  const program = findProgram(kind);
  if (program === undefined) throw new Error(whyNoServer(kind));
  const own = join(folder, `${kind}-${crypto.randomUUID().slice(0, 8)}`);
  mkdirSync(own);
  const port = await findPort();
  const server = kind === "redis"
    ? new Server(`redis://127.0.0.1:${port}`, own, () => [program, ...redisArgs(port, own, args)])
    : makePostgres(program, port, own, args);
  await server.start();
  return server;
}

function redisArgs(port: number, folder: string, args: readonly string[]): string[] {
  const all = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  return [...all, "--appendonly", "yes", "--appendfsync", "everysec", ...args];
}

/** PostgreSQL does not run as root: it is then the user whom its package makes. */
function makePostgres(
  bin: string,
  port: number,
  folder: string,
  args: readonly string[],
): Server {
  const user = process.getuid?.() === 0 ? findUser("postgres") : undefined;
  const data = join(folder, "data");
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  execFileSync(`${bin}/initdb`, ["-D", data, "-U", "wdstream", "-A", "trust", "-E", "UTF8", "-N"], {
    ...user,
    stdio: "pipe",
    cwd: "/",
  });
  const options = ["-p", String(port), "-h", "127.0.0.1", "-k", folder, ...args];
  return new Server(
    `postgres://wdstream@127.0.0.1:${port}/postgres`,
    folder,
    () => {
      // A server that was killed leaves it, and the next one may have had its number since.
      rmSync(join(data, "postmaster.pid"), { force: true });
      return [`${bin}/postgres`, "-D", data, ...options];
    },
    user,
  );
}

function findUser(name: string): { uid: number; gid: number } {
  const line = readFileSync("/etc/passwd", "utf8").split("\n")
    .find((each) => each.startsWith(`${name}:`));
  const [, , uid, gid] = (line ?? "").split(":");
  return { uid: Number(uid), gid: Number(gid) };
}

const START_MS = 20_000;

class Server implements TestServer {
  readonly url: string;
  readonly #folder: string;
  readonly #command: () => string[];
  readonly #user: { uid: number; gid: number } | undefined;
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #isGone = true;
  #log = "";

  constructor(
    url: string,
    folder: string,
    command: () => string[],
    user?: { uid: number; gid: number },
  ) {
    this.url = url;
    this.#folder = folder;
    this.#command = command;
    this.#user = user;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  async start(): Promise<void> {
    const [program, ...args] = this.#command();
    const child = spawn(program, args, {
      ...this.#user,
      cwd: "/",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const keep = (chunk: unknown): void => void (this.#log = (this.#log + chunk).slice(-4000));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    this.#child = child;
    this.#isGone = false;
    this.#gone = new Promise((resolve) =>
      child.on("exit", () => {
        this.#isGone = true;
        resolve();
      })
    );
    const startedMs = Date.now();
    while (!await answers(this.url)) {
      if (this.#isGone || Date.now() - startedMs > START_MS) {
        throw new Error(`${program} does not start: ${this.#log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async kill(): Promise<void> {
    this.#signal("SIGKILL");
    await this.#gone;
  }

  #signal(name: "SIGKILL" | "SIGTERM" | "SIGQUIT"): void {
    if (!this.#isGone) process.kill(this.pid, name);
  }

  async close(): Promise<void> {
    // PostgreSQL has processes of its own, which end with the first one where that ends in order: SIGQUIT is at once.
    this.#signal(this.url.startsWith("postgres") ? "SIGQUIT" : "SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), 5000);
    await this.#gone;
    clearTimeout(timer);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Whether a server answers questions, which it does some time after it takes connections. */
async function answers(url: string): Promise<boolean> {
  if (url.startsWith("redis:")) {
    const { Redis } = await import("ioredis");
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    client.on("error", () => {});
    const isThere = await client.connect().then(() => client.ping()).then(() => true, () => false);
    client.disconnect();
    return isThere;
  }
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
