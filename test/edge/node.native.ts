/** The adapter for Node's servers, and the visitors that it must survive. */

import { assert } from "chai";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { createHandler, type Handler } from "../../src/edge/mod.ts";
import { createListener } from "../../src/edge/node.ts";
import type { TestCase } from "../case.ts";
import { makeShard } from "../dataset/shards.ts";
import { openOne } from "./setting.ts";

interface Raw {
  /** What came, as Latin-1. */
  readonly text: string;
  /** Status line. */
  readonly first: string;
  readonly body: string;
}

/** Sends bytes as they are, and gives what comes back until the other side closes. */
function exchange(port: number, text: string, leaveAfterBytes = Infinity): Promise<Raw> {
  return new Promise((resolve) => {
    let got = "";
    const finish = (): void => {
      const [head, ...rest] = got.split("\r\n\r\n");
      resolve({ text: got, first: head.split("\r\n")[0], body: rest.join("\r\n\r\n") });
    };
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => {
      got += chunk;
      if (got.length >= leaveAfterBytes) socket.destroy();
    });
    socket.on("close", finish);
    socket.on("error", () => {});
  });
}

function request(method: string, path: string, host = "h"): string {
  return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
}

async function withServer(
  handler: Handler,
  work: (port: number) => Promise<void>,
): Promise<void> {
  const server: Server = createServer(createListener(handler));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work((server.address() as { port: number }).port);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function openDamaged(image: Uint8Array): Promise<Handler> {
  const members: [string, Uint8Array | string][] = [];
  for (let i = 0; i < 40; i++) {
    members.push([`${i}.cls`, "1"], [`${i}.jpg`, i === 38 ? "no picture" : image]);
  }
  const bytes = await makeShard(members);
  return createHandler({
    store: { open: (name: string) => openOne(name, bytes) },
    splits: { all: ["a.tar"] },
    cache: false,
  });
}

export const cases: TestCase[] = [
  {
    name: "createListener() answers as the handler does",
    async run(fixtures) {
      const image = await fixtures.read("jpeg/pictures/small_444.jpg");
      const handler = await openDamaged(image);
      await withServer(handler, async (port) => {
        for (const path of ["/v1/all/0/0?as=rgb", "/v1/all/0/0?as=json", "/v1/all/0/99", "/v1"]) {
          const wanted = await handler(new Request(`http://h${path}`));
          const got = await fetch(`http://127.0.0.1:${port}${path}`);
          assert.equal(got.status, wanted.status);
          for (const [name, value] of wanted.headers) assert.equal(got.headers.get(name), value);
          assert.deepEqual(
            new Uint8Array(await got.arrayBuffer()),
            new Uint8Array(await wanted.arrayBuffer()),
          );
          const head = await exchange(port, request("HEAD", path));
          assert.include(head.first, String(wanted.status));
          assert.equal(head.body, "");
        }
      });
    },
  },
  {
    name:
      "createListener() outlives requests that are none, failing answers and visitors who leave",
    async run(fixtures) {
      const image = await fixtures.read("jpeg/pictures/small_444.jpg");
      await withServer(await openDamaged(image), async (port) => {
        const alive = async (): Promise<void> => {
          const { first, body } = await exchange(port, request("GET", "/v1/all/0/0?as=jpeg"));
          assert.include(first, "200");
          assert.isAtLeast(body.length, image.length);
        };
        await alive();
        const wrong: [string, RegExp][] = [
          [request("TRACE", "/"), / 40[05]/],
          [request("GET", "/", "["), / 400/],
          [request("GET", "/", "a b"), / 400/],
          [request("GET", "/", "[::::]"), / 400/],
          [request("GET", "//x//y"), / 404/],
          [request("GET", "http://other.example/v1/none/0/0"), / 404/],
          [request("OPTIONS", "*"), / (204|40[04])/],
          [request("GET", "/%zz"), / 400/],
          ["nonsense\r\n\r\n", / 400/],
        ];
        for (const [text, status] of wrong) {
          assert.match((await exchange(port, text)).first, status, text);
          await alive();
        }
        // Too large to be made at once, and its last image but one is damaged.
        const batch = "/v1/all/batch?start=0&count=40&size=224";
        const cut = await exchange(port, request("GET", batch));
        const [, length] = /content-length: ([0-9]+)/i.exec(cut.text) ?? [];
        assert.isBelow(cut.body.length, Number(length), "a cut answer must not look whole");
        assert.match(cut.text, /cache-control: no-store/i);
        await alive();
        for (let leave = 1; leave < 400_000; leave *= 3) {
          await exchange(port, request("GET", batch), leave);
          await exchange(port, request("GET", "/v1/all/0/0?as=rgb"), leave);
        }
        await alive();
      });
    },
  },
];
