/**
 * Clients as visitors are: many at once, for the same samples, some of whom leave at any moment. On Node, whose
 * sockets can be left. Arguments: origin, seconds, clients, paths that are to be asked, as JSON. Before the load each
 * path is asked alone for what its bytes should be. Prints the figures as JSON.
 */
import { createHash } from "node:crypto";
import { Agent, get, type IncomingMessage } from "node:http";
import process from "node:process";

const [origin, seconds, clients, pathsJson] = process.argv.slice(2);
const paths: string[] = JSON.parse(pathsJson);
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

/** Requests that were asked again on another connection. */
let again = 0;

interface Answer {
  /** 0 where the connection broke or was left. */
  readonly status: number;
  readonly digest: string;
  readonly sizeBytes: number;
  /** Whether it came to its end, as HTTP tells ends. */
  readonly isComplete: boolean;
  readonly hasLeft: boolean;
  /** Of a connection that broke: how. */
  readonly why: string;
}

/** Asks for a path; leaves after some milliseconds where told to. */
function ask(path: string, leaveAfterMs?: number): Promise<Answer> {
  return new Promise((resolve) => {
    const hash = createHash("sha256");
    let status = 0;
    let sizeBytes = 0;
    let hasLeft = false;
    let hasEnded = false;
    let why = "";
    const finish = (isComplete: boolean): void => {
      if (hasEnded) return;
      hasEnded = true;
      clearTimeout(timer);
      resolve({ status, digest: hash.digest("hex"), sizeBytes, isComplete, hasLeft, why });
    };
    const request = get(`${origin}${path}`, { agent }, (response: IncomingMessage) => {
      status = response.statusCode ?? 0;
      response.on("data", (chunk: Uint8Array) => {
        hash.update(chunk);
        sizeBytes += chunk.length;
      });
      response.on("close", () => finish(response.complete));
      response.on("error", () => {});
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      why = `${error.code} on a ${request.reusedSocket ? "used" : "new"} connection`;
      const mayAsk = request.reusedSocket && status === 0 && !hasLeft && !hasEnded;
      if (!mayAsk) return finish(false);
      // Servers close connections between two answers, and a request may cross that on its way. It has been answered
      // nothing then, and every client asks again on another connection.
      hasEnded = true;
      clearTimeout(timer);
      again++;
      resolve(ask(path, leaveAfterMs));
    });
    const leave = (): void => {
      hasLeft = true;
      request.destroy();
    };
    const timer = leaveAfterMs === undefined ? undefined : setTimeout(leave, leaveAfterMs);
  });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks, alone, until the storage does not fail. */
async function askAlone(path: string): Promise<Answer> {
  for (let tries = 0;; tries++) {
    const answer = await ask(path);
    const mayFail = answer.status === 502 || answer.status === 504 || !answer.isComplete;
    if (tries === 20 || !mayFail) return answer;
  }
}

// Twice: the first time in a process, Bun's CompressionStream compresses the same bytes otherwise.
const expected = new Map<string, Set<string>>(paths.map((path) => [path, new Set()]));
for (const path of [...paths, ...paths]) {
  const answer = await askAlone(path);
  if (answer.status !== 200) throw new Error(`${path} is ${answer.status} before any load`);
  expected.get(path)!.add(answer.digest);
}

const counts = { answers: 0, busy: 0, storageFailed: 0, left: 0, broken: 0 };
const wrong: string[] = [];
const latencies: number[] = [];
let next = 0;
const begun = performance.now();
const end = begun + 1000 * Number(seconds);
await Promise.all(Array.from({ length: Number(clients) }, async () => {
  while (performance.now() < end) {
    const n = next++;
    // Neighbours ask for the same: a page asks for three views of one sample at once.
    const path = paths[Math.floor(n / 3) * 7 % paths.length];
    const leaves = n % 12 === 5;
    const start = performance.now();
    const { status, digest, isComplete, hasLeft, sizeBytes, why } = await ask(
      path,
      leaves ? Math.random() * 25 : undefined,
    );
    if (hasLeft) counts.left++;
    else if (!isComplete) counts.broken++;
    else if (status === 200) {
      counts.answers++;
      latencies.push(performance.now() - start);
      if (!expected.get(path)!.has(digest)) wrong.push(`${path}: other bytes, ${sizeBytes}`);
    } else if (status === 503) {
      counts.busy++;
      await sleep(50);
    } else if (status === 502 || status === 504) counts.storageFailed++;
    else wrong.push(`${path}: status ${status}`);
    // A connection that breaks is right for an answer whose status was sent before the storage failed.
    if (!hasLeft && !isComplete && !path.includes("/batch")) {
      wrong.push(`${path}: broken off after status ${status} and ${sizeBytes} bytes, ${why}`);
    }
  }
}));
const elapsed = performance.now() - begun;

const lone: string[] = [];
for (const path of paths) {
  const { status, digest } = await askAlone(path);
  if (status !== 200 || !expected.get(path)!.has(digest)) lone.push(`${path}: ${status}`);
}
agent.destroy();

latencies.sort((a, b) => a - b);
const quantile = (q: number): number =>
  Math.round(latencies[Math.floor(q * (latencies.length - 1))]);
console.log(JSON.stringify({
  ...counts,
  perSecond: Math.round(1000 * counts.answers / elapsed),
  medianMs: quantile(0.5),
  p99Ms: quantile(0.99),
  wrong: wrong.length,
  firstWrong: wrong.slice(0, 3),
  again,
  lone,
}));
