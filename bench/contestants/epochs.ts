/**
 * An epoch in shuffled lanes beside the same in order: local shards, and a host on this machine.
 *
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { evaluation, webdataset } from "../../mod.ts";
import { ShardWriter } from "../../src/writing/mod.ts";
import { loadCorpus } from "../corpus/imagenet.ts";
import { timeWork } from "../harness/clock.ts";
import type { Aim, Contestant } from "../harness/question.ts";

/** Where samples come from, and whether they become tensors, as an epoch of a model's has them, or are only read. */
interface Kind {
  readonly isHost: boolean;
  readonly isDecoded: boolean;
  /** How fast shuffled lanes are to be, in parts of the shards' own order. */
  readonly least: number;
}

const KINDS: readonly Kind[] = [false, true].flatMap((isDecoded) => [
  { isHost: false, isDecoded, least: 0.95 },
  { isHost: true, isDecoded, least: 0.9 },
]);

/** Parts of the shards that are decoded, which takes twenty times as long. */
const DECODED_PART = 4;

/** The passes, which take turns, and what they read. */
export interface Epochs {
  readonly samples: number;
  readonly shards: number;
  readonly contestants: readonly Contestant[];
  readonly aims: readonly Aim[];
  /** Bytes by which a process grows that reads so many samples of the host in an order. */
  measureMemory(settings: MemorySettings): number;
  close(): void;
}

/** Which order, and how much of it. */
export interface MemorySettings {
  readonly lanes?: number;
  readonly world?: number;
  /** Samples of webdataset's buffer, in place of lanes. */
  readonly buffer?: number;
  /** Samples that are read. */
  readonly samples: number;
}

/** Writes shards with their indexes, and starts a host of them. */
export async function startEpochs({ short }: { readonly short: boolean }): Promise<Epochs> {
  const shards = short ? 16 : 64;
  const perShard = short ? 40 : 160;
  const samples = shards * perShard;
  const folder = await mkdtemp(join(tmpdir(), "wdstream-order-"));
  let host: ChildProcess | undefined;
  try {
    const writer = new ShardWriter(folder, {
      pattern: "train-%06d.tar",
      maxCount: perShard,
      split: "train",
    });
    const { images } = await loadCorpus(samples);
    for (let i = 0; i < samples; i++) {
      await writer.write({
        key: `${i}`.padStart(8, "0"),
        fields: { cls: i % 1000 },
        bytes: { jpg: images[i % images.length] },
      });
    }
    await writer.close();
    host = startHost(folder);
    const port = await readPort(host);
    const at = (last: string): string => `train-{000000..${last.padStart(6, "0")}}.tar`;
    const locate = ({ isHost, isDecoded }: Omit<Kind, "least">): string => {
      const pattern = at(`${(isDecoded ? shards / DECODED_PART : shards) - 1}`);
      return isHost ? `http://127.0.0.1:${port}/${pattern}` : join(folder, pattern);
    };
    return {
      samples,
      shards,
      ...compare(locate, samples),
      measureMemory: (settings) => runMemory(locate({ isHost: true, isDecoded: false }), settings),
      close: () => {
        host?.kill();
        rmSync(folder, { recursive: true });
      },
    };
  } catch (error) {
    host?.kill();
    await rm(folder, { recursive: true });
    throw error;
  }
}

function compare(
  locate: (kind: Kind) => string,
  samples: number,
): Pick<Epochs, "contestants" | "aims"> {
  let epoch = 0;
  const transform = evaluation({ resize: 256, size: 224, interpolation: "bicubic" });
  const contestant = (kind: Kind, isShuffled: boolean): Contestant => {
    const shards = locate(kind);
    const amount = kind.isDecoded ? samples / DECODED_PART : samples;
    return {
      name: nameOf(kind, isShuffled),
      amount,
      ...(isShuffled && { of: nameOf(kind, false) }),
      pass: () =>
        timeWork(async () => {
          const plain = webdataset(shards);
          const dataset = isShuffled
            ? plain.epochs(1, { from: epoch++ }).shuffle({ seed: 7, lanes: 16 })
            : plain;
          let seen = 0;
          for await (const _ of kind.isDecoded ? dataset.transform(transform) : dataset) seen++;
          if (seen !== amount) throw new Error(`${seen} samples, not ${amount}`);
        }),
    };
  };
  return {
    contestants: KINDS.flatMap((kind) => [contestant(kind, false), contestant(kind, true)]),
    aims: KINDS.map((kind): Aim => ({
      what: `an epoch: ${nameOf(kind, true)}, by wall clock`,
      against: nameOf(kind, false),
      ours: nameOf(kind, true),
      goal: `at least ${kind.least} of its speed in order`,
      least: kind.least,
      value: (theirs, ours) => theirs.wallSeconds / ours.wallSeconds,
    })),
  };
}

function nameOf({ isHost, isDecoded }: Kind, isShuffled: boolean): string {
  const what = isDecoded ? "tensors" : "bytes";
  return `${what} of ${isHost ? "a host" : "local shards"}, ${
    isShuffled ? "shuffled lanes" : "in order"
  }`;
}

function runMemory(pattern: string, settings: MemorySettings): number {
  const script = fileURLToPath(new URL("order_memory.ts", import.meta.url));
  const args = ["run", "--quiet", "--allow-all", script, pattern, JSON.stringify(settings)];
  return Number(execFileSync(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] }));
}

function startHost(folder: string): ChildProcess {
  const script = fileURLToPath(new URL("range_host.ts", import.meta.url));
  return spawn(process.execPath, ["run", "--quiet", "--allow-all", script, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

function readPort(host: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    host.stdout?.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) resolve(Number(text));
    });
    host.on("error", reject);
    host.on("exit", () => reject(new Error("the host has ended")));
  });
}
