/** Buckets on the command line: patterns, endpoints, signatures by the environment. */

import { assert } from "chai";
import { Buffer } from "node:buffer";
import type { TestCase } from "../case.ts";
import { S3Host } from "../storage/s3_host.ts";
import { withServer } from "../storage/server.ts";
import { makeShard } from "../storage/shard_bytes.ts";
import { runCli, runProcess } from "./capture.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "SECRET/EXAMPLE+KEY" };
const ENVIRONMENT = {
  AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  AWS_REGION: "eu-central-1",
};

export const cases: TestCase[] = [
  {
    name: "wdstream signs what it asks of buckets alone, never what it asks of another host",
    async run() {
      const shard = await makeShard(["one"]);
      const seen: string[] = [];
      await withServer((request, response) => {
        seen.push(JSON.stringify(request.headers));
        response.writeHead(200, { "content-length": shard.length });
        response.end(Buffer.from(shard));
      }, async ({ origin }) => {
        const { code, notes } = await runProcess(
          ["ls", `${origin}/a.tar`, "--sign-from-environment"],
          ["--allow-read", "--allow-net", "--allow-env"],
          { ...ENVIRONMENT, AWS_SESSION_TOKEN: "TOKENEXAMPLE" },
        );
        assert.equal(code, 0, notes.join());
      });
      assert.isNotEmpty(seen);
      assert.notMatch(seen.join(), /AKIDEXAMPLE|TOKENEXAMPLE|authorization/i);
    },
  },
  {
    name: "wdstream reads the shards that a pattern of s3: matches, and signs as it is told to",
    async run() {
      const host = new S3Host({
        "t-1.tar": await makeShard(["one", "two"]),
        "t-0.tar": await makeShard(["zero"]),
        "other.tar": await makeShard(["other"]),
      }, { keys: KEYS });
      await withServer((request, response) => {
        const url = new URL(request.url!, `http://${request.headers.host}`);
        const headers = new Headers(request.headers as Record<string, string>);
        host.answer(request.method!, url, headers).then(async (answer) => {
          response.writeHead(answer.status, Object.fromEntries(answer.headers));
          response.end(Buffer.from(await answer.arrayBuffer()));
        });
      }, async ({ origin }) => {
        const args = ["ls", "s3://bucket/t-*.tar", "--s3-endpoint", origin];
        const permissions = ["--allow-read", "--allow-net", "--allow-env"];
        const signed = await runProcess(
          [...args, "--sign-from-environment"],
          permissions,
          ENVIRONMENT,
        );
        assert.equal(signed.code, 0, signed.notes.join());
        assert.deepEqual(signed.lines.map((line) => line.split("\t")[0]), ["zero", "one", "two"]);
        assert.deepEqual(host.faults, []);
        const unsigned = await runProcess(args, permissions, ENVIRONMENT);
        assert.equal(unsigned.code, 1);
        assert.match(unsigned.notes.join(), /source\/unauthorized/);
        const said = [...signed.notes, ...unsigned.notes, ...signed.lines].join();
        assert.notInclude(said, KEYS.secretAccessKey);
      });
    },
  },
  {
    name:
      "wdstream says which variable of a signature is missing, and what a pattern does not match",
    async run() {
      const args = ["ls", "s3://bucket/t.tar", "--sign-from-environment"];
      const { code, notes } = await runProcess(args, ["--allow-env"], { AWS_ACCESS_KEY_ID: "" });
      assert.equal(code, 2);
      assert.match(notes.join(), /--sign-from-environment names "AWS_ACCESS_KEY_ID"/);
      const none = await runCli("ls", "none/such-*.tar");
      assert.equal(none.code, 1);
      assert.match(none.notes.join(), /source\/not-found/);
    },
  },
  {
    name: "wdstream asks az: with the signature of the environment, and tells it to nobody",
    async run() {
      const shard = await makeShard(["one", "two"]);
      const seen: string[] = [];
      await withServer((request, response) => {
        const { pathname, searchParams } = new URL(request.url!, "http://host");
        seen.push(`${request.url} ${JSON.stringify(request.headers)}`);
        const isSigned = searchParams.get("sig") === "SECRETSIG";
        const page = "<EnumerationResults><Blobs><Blob><Name>in/t-0.tar</Name><Properties>" +
          "<Content-Length>1</Content-Length></Properties></Blob></Blobs></EnumerationResults>";
        const isList = searchParams.get("comp") === "list";
        const isThere = isList || pathname === "/acct/box/in/t-0.tar";
        const body = isList ? Buffer.from(page) : Buffer.from(shard);
        response.writeHead(isSigned || pathname === "/other" ? isThere ? 200 : 404 : 403, {
          "content-length": body.length,
          etag: '"1"',
        });
        response.end(body);
      }, async ({ origin }) => {
        const permissions = ["--allow-read", "--allow-net", "--allow-env"];
        const environment = { AZURE_STORAGE_SAS_TOKEN: "?sv=2026-01-01&sig=SECRETSIG" };
        const args = ["ls", "az://box/in/t-*.tar", "--az-endpoint", `${origin}/acct`];
        const signed = await runProcess(
          [...args, "--sign-from-environment"],
          permissions,
          environment,
        );
        assert.equal(signed.code, 0, signed.notes.join());
        assert.deepEqual(signed.lines.map((line) => line.split("\t")[0]), ["one", "two"]);
        const unsigned = await runProcess(args, permissions, environment);
        assert.equal(unsigned.code, 1);
        assert.match(unsigned.notes.join(), /source\/unauthorized/);
        const before = seen.length;
        const beside = [...args, `${origin}/other`, "--sign-from-environment"];
        await runProcess(beside, permissions, environment);
        const others = seen.slice(before).filter((line) => line.startsWith("/other"));
        assert.isNotEmpty(others);
        assert.notInclude(others.join(), "SECRETSIG");
        const said = [...signed.notes, ...signed.lines, ...unsigned.notes].join();
        assert.notInclude(said, "SECRETSIG");
      });
    },
  },
  {
    name: "wdstream says what az: lacks: an account, a signature",
    async run() {
      const none = await runProcess(["ls", "az://box/t.tar"], [], {});
      assert.equal(none.code, 2);
      assert.match(none.notes.join(), /--az-account/);
      const args = ["ls", "az://box/t.tar", "--sign-from-environment"];
      const unsigned = await runProcess(args, ["--allow-env"], { AZURE_STORAGE_SAS_TOKEN: "" });
      assert.equal(unsigned.code, 2);
      assert.match(unsigned.notes.join(), /names "AZURE_STORAGE_SAS_TOKEN"/);
      const nobody = await runProcess(args, ["--allow-env"], { AZURE_STORAGE_SAS_TOKEN: "sig=x" });
      assert.match(nobody.notes.join(), /names "AZURE_STORAGE_ACCOUNT"/);
    },
  },
];
