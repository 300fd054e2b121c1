/**
 * Errors as answers (RFC 9457). What a host or a runtime said is never passed on.
 *
 * @module
 */
import { type ErrorCode, WdsError } from "../errors.ts";

/** An error that is meant for whoever asked. */
export class Problem extends Error {
  /** Name of the class, which outlives minifying. */
  override readonly name: string = "Problem";
  /** HTTP status. */
  readonly status: number;
  /** Stable code, as in the answer. */
  readonly code: string;
  /** Further headers of the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Status, code, and a text where the fault's own says more than it may. */
type Mapping = readonly [status: number, code: string, detail?: string];

const MAPPINGS: Partial<Record<ErrorCode, Mapping>> = {
  "source/not-found": [404, "shard-not-found", "The storage does not have this shard."],
  "index/no-key": [404, "sample-not-found"],
  "index/needed": [503, "index-needed"],
  "index/stale": [503, "index-stale"],
  "index/bad": [502, "index-bad", "The index of this shard cannot be understood."],
  "index/unsupported": [501, "shard-unsupported"],
  "image/corrupt": [422, "image-damaged"],
  "image/no-encoder": [501, "no-jpeg-encoder"],
  "jpeg/too-large": [413, "image-too-large"],
  "sample/too-large": [413, "sample-too-large"],
  "tar/too-large": [413, "sample-too-large"],
  "source/timeout": [504, "storage-timeout", "The storage of the shards did not answer in time."],
};

/** By the part of a code before its slash. */
const STAGES: Readonly<Record<string, Mapping>> = {
  source: [502, "storage-failed", "The storage of the shards did not answer as it should."],
  tar: [502, "shard-damaged"],
  index: [502, "index-bad", "The index of this shard cannot be used."],
  sample: [422, "sample-damaged"],
  jpeg: [422, "image-damaged"],
  image: [422, "image-unsupported"],
  kernel: [500, "kernel-failed", "The decoder could not be loaded."],
};

/** The problem that an error is for whoever asked. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof WdsError) {
    const [status, code, detail] = MAPPINGS[error.code] ?? STAGES[error.code.split("/")[0]] ??
      [500, "internal"];
    return new Problem(status, code, detail ?? error.message);
  }
  return new Problem(500, "internal", "The handler failed.");
}

/** The answer of a problem. */
export function answerProblem(problem: Problem): Response {
  const { status, code, message, headers } = problem;
  const body = { type: `urn:wdstream:problem:${code}`, title: code, status, code, detail: message };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/problem+json; charset=utf-8",
      "cache-control": "no-store",
      ...headers,
    },
  });
}
