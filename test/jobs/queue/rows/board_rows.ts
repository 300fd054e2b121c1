/** README's dashboard, as it stands there: it shows the queue with its tasks. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { installRuntime } from "../../../runtimes/install.ts";
import { installPackages } from "../../../runtimes/tools.ts";
import { demand, FakeJob, type Row, withQueue } from "../context.ts";
import { until } from "../fleet.ts";
import { findPort } from "../servers.ts";

const README = readFileSync(new URL("../../../../README.md", import.meta.url), "utf8");

const PACKAGES = {
  "@bull-board/api": "9.10.1",
  "@bull-board/hono": "9.10.1",
  "@hono/node-server": "2.1.9",
  bullmq: "6.7.0",
  hono: "4.13.19",
  ioredis: "5.11.1",
};

const TASKS = 7;

export const rows: Row[] = [
  {
    name: "redis: README's dashboard shows the queue and its tasks",
    isQuick: false,
    needs: ["redis"],
    async run({ folder, own }): Promise<string> {
      const [, script] = /^```js board ignore\n(\/\/ board\.js\n[\s\S]*?)^```$/m.exec(README) ?? [];
      demand(script !== undefined, "README has no board.js");
      const server = await own("redis");
      const job = await FakeJob.make(folder, TASKS);
      await withQueue(server, {}, (queue) => queue.submit(job.missing()));
      const packages = await installPackages(PACKAGES);
      const path = join(packages, "board.mjs");
      await writeFile(path, script);
      const port = await findPort();
      const child = spawn(await installRuntime("node"), [path], {
        stdio: ["ignore", "ignore", "pipe"],
        env: { ...process.env, QUEUE: server.url, PORT: String(port) },
      });
      let notes = "";
      child.stderr.on("data", (chunk) => notes += chunk);
      const ended = new Promise((resolve) => child.on("close", resolve));
      try {
        const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
        const isUp = (): Promise<boolean> =>
          ask("/").then(async (answer) => {
            await answer.body?.cancel();
            return answer.ok;
          }, () => false);
        await until(`the page is there: ${notes}`, isUp, 20_000);
        const page = await (await ask("/")).text();
        demand(/<html/i.test(page), page.slice(0, 200));
        const { queues } = await (await ask("/api/queues?activeQueue=wdstream")).json();
        demand(queues[0].name === "wdstream", JSON.stringify(queues).slice(0, 300));
        demand(queues[0].counts.waiting === TASKS, JSON.stringify(queues[0].counts));
        return `${queues[0].counts.waiting} tasks wait`;
      } catch (error) {
        throw new Error(`${error}\n${notes}`, { cause: error });
      } finally {
        child.kill("SIGKILL");
        await ended;
      }
    },
  },
];
