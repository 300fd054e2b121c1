/** A host on loopback that fails in every way a host can, over sockets of its own: each path names its fault. */

import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import type { HostFault } from "./faulty_reading.ts";

/** A host that fails. */
export interface FaultServer {
  /** Its origin by number, and by name, which is another one. */
  readonly origin: string;
  readonly otherOrigin: string;
  /** Connections that are open. */
  readonly connections: number;
  /** Requests that brought credentials to the other origin. */
  readonly leaks: readonly string[];
  /** Requests that were for the rest of one version alone: this host does not heed that. */
  readonly conditions: readonly string[];
  close(): Promise<void>;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
}

const CORS = [
  "access-control-allow-origin: *",
  "access-control-allow-headers: authorization, range",
  "access-control-expose-headers: etag, content-range, content-length, retry-after",
];

/** How long such an answer asks to wait: it says nothing, a time, or as Hugging Face does. */
const ASKS: Readonly<Record<string, readonly string[]>> = {
  "": [],
  "-after": ["retry-after: 0"],
  "-limit": ['ratelimit: "resolvers";r=0;t=0'],
};

/** Starts a host that has one object, at `/FAULT/AT/ANYTHING`: the fault is met at the byte AT. */
export async function startFaultServer(bytes: Uint8Array<ArrayBuffer>): Promise<FaultServer> {
  const seen = new Map<string, number>();
  const sockets = new Set<Socket>();
  const leaks: string[] = [];
  const conditions: string[] = [];
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const changed = bytes.map((value) => value ^ 1);
  const packed = new Uint8Array(gzipSync(bytes));

  /** Answers; says whether the connection may be used again. */
  function answer(socket: Socket, { method, path, headers }: Request): boolean {
    const send = (status: string, lines: readonly string[], body?: Uint8Array): void => {
      socket.write(`HTTP/1.1 ${status}\r\n${[...CORS, ...lines].join("\r\n")}\r\n\r\n`);
      if (body !== undefined && body.length > 0) socket.write(body);
    };
    const empty = (status: string, ...lines: string[]): boolean => {
      send(status, ["content-length: 0", ...lines]);
      return true;
    };
    if (method === "OPTIONS") return empty("204 No Content");
    const [, fault, at, id, target] = path.split("/");
    if (headers.get("host")?.startsWith("localhost") && headers.has("authorization")) {
      leaks.push(path);
    }
    if (headers.has("if-range")) conditions.push(path);
    const key = `${fault}/${at}/${id}${target === undefined ? "" : "/target"}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    const isFirst = count === 1;
    const range = /^bytes=([0-9]+)-([0-9]*)$/.exec(headers.get("range") ?? "");
    const start = range === null ? 0 : Number(range[1]);
    const end = Math.min(bytes.length, range?.[2] ? Number(range[2]) + 1 : Infinity);
    const good = (object: Uint8Array, tag: string): boolean => {
      if (range !== null && start >= end) {
        return empty("416 Range", `content-range: bytes */${object.length}`);
      }
      const part = object.subarray(start, end);
      const lines = [`etag: "${tag}"`, `content-length: ${part.length}`];
      if (range === null) send("200 OK", lines, part);
      else {
        lines.push(`content-range: bytes ${start}-${end - 1}/${object.length}`);
        send("206 Partial", lines, part);
      }
      return true;
    };
    /** Announces so many bytes, and sends those before the fault. */
    const begin = (announced: number, cut = Number(at)): void => {
      const total = [`etag: "1"`, `content-length: ${announced}`];
      if (range === null) return send("200 OK", total, bytes.subarray(0, cut));
      total.push(`content-range: bytes ${start}-${end - 1}/${bytes.length}`);
      send("206 Partial", total, bytes.subarray(start, Math.min(end, start + cut)));
    };
    const later = (ms: number, work: () => void): void => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        if (!socket.destroyed) work();
      }, ms);
      timers.add(timer);
    };
    if (fault === "changed" && count > 1) return good(changed, "2");
    if (fault === "redirect-loop") return empty("302 Found", `location: ${path}`);
    if (fault === "redirect-other" && target === undefined) {
      return empty("302 Found", `location: http://localhost:${port()}${path}/target`);
    }
    if (fault === "expired") {
      if (target === undefined) return empty("302 Found", `location: ${path}/target`);
      return isFirst ? empty("403 Forbidden") : good(bytes, "1");
    }
    if (!isFirst) return good(bytes, "1");
    const [, status, after] = /^([45][0-9]{2})(-after|-limit)?$/.exec(fault) ?? [];
    if (status !== undefined) return empty(`${status} Busy`, ...ASKS[after ?? ""]);
    switch (fault as HostFault) {
      case "reset":
      case "changed":
        begin(end - start);
        later(2, () => socket.destroy());
        return false;
      case "stall":
        begin(end - start);
        return false;
      case "stall-go-on":
        begin(end - start);
        later(15, () => socket.end(bytes.subarray(start + Number(at), end)));
        return false;
      case "length-more":
        begin(end - start + 9, bytes.length);
        socket.end();
        return false;
      case "length-less":
        begin(Math.min(Number(at), end - start));
        socket.end();
        return false;
      case "no-length":
        send(range === null ? "200 OK" : "206 Partial", [
          `etag: "1"`,
          "connection: close",
          ...(range === null ? [] : [`content-range: bytes ${start}-${end - 1}/${bytes.length}`]),
        ], bytes.subarray(start, end));
        socket.end();
        return false;
      case "whole":
        send("200 OK", [`etag: "1"`, `content-length: ${bytes.length}`], bytes);
        return true;
      case "other-range":
        send("206 Partial", [
          `etag: "1"`,
          `content-length: ${bytes.length - start - 1}`,
          `content-range: bytes ${start + 1}-${bytes.length - 1}/${bytes.length}`,
        ], bytes.subarray(start + 1));
        return true;
      case "gzip":
        send("200 OK", [
          `etag: "1"`,
          "content-encoding: gzip",
          `content-length: ${packed.length}`,
        ], packed);
        return true;
      case "drop":
        socket.destroy();
        return false;
      case "slow":
        later(15, () => void good(bytes, "1"));
        return true;
      case "html": {
        const page = new TextEncoder().encode("<!doctype html><title>Log in</title>");
        send("200 OK", ["content-type: text/html", `content-length: ${page.length}`], page);
        return true;
      }
      default:
        return good(bytes, "1");
    }
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    let isUsable = true;
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (data: Uint8Array) => {
      text += new TextDecoder().decode(data);
      for (
        let end = text.indexOf("\r\n\r\n");
        end >= 0 && isUsable;
        end = text.indexOf("\r\n\r\n")
      ) {
        const [first, ...lines] = text.slice(0, end).split("\r\n");
        text = text.slice(end + 4);
        const [method, path] = first.split(" ");
        const headers = new Map(lines.map((line): [string, string] => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        }));
        isUsable = answer(socket, { method, path, headers });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = (): number => (server.address() as AddressInfo).port;
  return {
    origin: `http://127.0.0.1:${port()}`,
    otherOrigin: `http://localhost:${port()}`,
    leaks,
    conditions,
    get connections(): number {
      return sockets.size;
    },
    close: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
