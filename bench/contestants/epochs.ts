/**
 * An epoch in shuffled lanes beside the same in order: local shards, and a host on this machine.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { webdataset } from "../../mod.ts";
import { ShardWriter } from "../../src/writing/mod.ts";
import { timeWork } from "../harness/clock.ts";
import type { Aim, Contestant } from "../harness/question.ts";

const IMAGE_BYTES = 113_000;
const NAMES = {
  local: "local shards, in order",
  localLanes: "local shards, shuffled lanes",
  host: "a host, in order",
  hostLanes: "a host, shuffled lanes",
} as const;

/** The passes, which take turns, and what they read. */
export interface Epochs {
  readonly samples: number;
  readonly shards: number;
  readonly contestants: readonly Contestant[];
  readonly aims: readonly Aim[];
  close(): void;
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
    const jpg = new Uint8Array(IMAGE_BYTES).fill(7);
    for (let i = 0; i < samples; i++) {
      await writer.write({
        key: `${i}`.padStart(8, "0"),
        fields: { cls: i % 1000 },
        bytes: { jpg },
      });
    }
    await writer.close();
    host = startHost(folder);
    const port = await readPort(host);
    const pattern = `train-{000000..${`${shards - 1}`.padStart(6, "0")}}.tar`;
    return {
      samples,
      shards,
      ...compare(join(folder, pattern), `http://127.0.0.1:${port}/${pattern}`, samples),
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
  files: string,
  urls: string,
  samples: number,
): Pick<Epochs, "contestants" | "aims"> {
  let epoch = 0;
  const contestant = (name: string, shards: string, isShuffled: boolean): Contestant => ({
    name,
    pass: () =>
      timeWork(async () => {
        const plain = webdataset(shards);
        const dataset = isShuffled
          ? plain.epochs(1, { from: epoch++ }).shuffle({ seed: 7, lanes: 16 })
          : plain;
        let seen = 0;
        for await (const _ of dataset) seen++;
        if (seen !== samples) throw new Error(`${seen} samples, not ${samples}`);
      }),
  });
  const aim = (what: string, against: string, ours: string, least: number): Aim => ({
    what,
    against,
    ours,
    goal: `at least ${least} of its speed`,
    least,
    value: (theirs, ours) => theirs.wallSeconds / ours.wallSeconds,
  });
  const { local, localLanes, host, hostLanes } = NAMES;
  return {
    contestants: [
      contestant(local, files, false),
      contestant(localLanes, files, true),
      { ...contestant(host, urls, false), note: "the host is a process of its own" },
      { ...contestant(hostLanes, urls, true), of: host },
    ],
    aims: [
      aim("an epoch in shuffled lanes of local shards, by wall clock", local, localLanes, 0.95),
      aim("an epoch in shuffled lanes over loopback HTTP, by wall clock", host, hostLanes, 0.9),
    ],
  };
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
