/** URLs that are malformed, and what is shown of them: nothing that may be a password. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { webdataset } from "../../src/dataset/mod.ts";
import { nameText, redactError, redactText } from "../../src/storage/redact.ts";
import { type SourceOptions, toSource } from "../../src/storage/mod.ts";

/** Parts of passwords in what follows. */
const SECRET = /us3r|pa55|w0rd|s1g/;

const MALFORMED = [
  "http://us3r:pa55@[::1",
  "http://us3r:pa55@[::1/a.tar",
  "https://us3r:pa55@host:99999/a.tar",
  "https://us3r:pa55w0rd",
  "https://us3r:pa55/w0rd@host/a.tar",
  "https://us3r:pa55?w0rd@host/a.tar",
  "https://us3r:pa55#w0rd@host/a.tar?s1g=1",
  "https://us3r:pa55@ho st/a.tar",
  "https://us3r:pa55@/a.tar",
  " http://us3r:pa55@[::1",
  "HTTPS://us3r:pa55@host:port/a.tar",
];

const ODD = [
  "https://us3r:pa 55@host/a.tar",
  "https://us3r:p@55w0rd@host/a.tar",
  " https://us3r:pa55@host/a.tar",
  "https:/us3r:pa55@host/a.tar",
  "https:us3r:pa55@host/a.tar",
  "https//us3r:pa55@host/a.tar",
  "us3r:pa55@host/a.tar",
  "htps:/us3r:pa55@host/a.tar",
  "pipe:curl -u us3r:pa55 https://host/a.tar",
  "s3://us3r:pa55@bucket/a.tar",
  "https://us3r:12/pa55@host/a.tar",
  "https://us3r%zz:pa55%@host/a.tar",
  "file:///a%zz.tar?pa55",
  "https://host/a.tar?s1g=pa55#w0rd",
  "data:text/plain,pa55w0rd",
];

/** Everything that a person may see of what a call throws, or of the source that it gives. */
function show(call: () => { readonly name: string }): string {
  try {
    return call().name;
  } catch (error) {
    const { name, message, stack, cause } = error as Error;
    return [name, message, stack, String(cause), JSON.stringify(error)].join("\n");
  }
}

export const cases: TestCase[] = [
  {
    name: "toSource() refuses malformed URLs, and shows no more of them than their scheme",
    run() {
      // Chromium takes some of them for URLs.
      for (const text of MALFORMED.filter((each) => !URL.canParse(each))) {
        assert.throws(
          () => toSource(text),
          TypeError,
          /^Cannot open "https?:\/\/…": it is no URL/i,
        );
        assert.throws(() => webdataset(text), TypeError, /no URL/);
        assert.notMatch(show(() => toSource(text)), SECRET, text);
      }
    },
  },
  {
    name: "toSource() shows no credentials of URLs that are odd, as names or in errors",
    run() {
      for (const text of ODD) assert.notMatch(show(() => toSource(text)), SECRET, text);
      assert.equal(toSource("https://us3r:pa 55@host/a.tar").name, "https://host/a.tar");
      assert.equal(toSource("https://host:8000/a@b.tar").name, "https://…");
      assert.equal(toSource("http://[::1]:8000/x.tar").name, "http://[::1]:8000/x.tar");
    },
  },
  {
    name: "toSource() shows no headers and no token that it refuses",
    run() {
      const given: SourceOptions[] = [
        { headers: { authorization: "pa55\nw0rd" } },
        { headers: { "us3r pa55": "x" } },
        { token: "pa55\nw0rd" },
        { token: { pa55: 1 } as unknown as string },
      ];
      for (const options of given) {
        assert.throws(() => toSource("https://host/a.tar", options), TypeError);
        assert.notMatch(show(() => toSource("https://host/a.tar", options)), SECRET);
      }
    },
  },
  {
    name: "toSource() refuses options that are none",
    run() {
      for (const maxRedirects of [-1, 1.5, NaN, Infinity, "2"]) {
        const options = { maxRedirects } as SourceOptions;
        assert.throws(() => toSource("https://host/a.tar", options), RangeError, "maxRedirects");
      }
      const wrong = [{ fetch: "fetch" }, { name: 5 }, { signal: true }, { signal: {} }, {
        token: 5,
      }];
      for (const options of wrong) {
        const [name] = Object.keys(options);
        assert.throws(() => toSource(new Uint8Array(1), options as SourceOptions), TypeError, name);
      }
    },
  },
  {
    name: "nameText() leaves paths and URLs without secrets as they are",
    run() {
      const plain = [
        "a-{0..3}.tar",
        "/data/a:b@c.tar",
        "./a:b@c.tar",
        "C:\\data\\a@b.tar",
        "data//x@2.tar",
        "https://host/{train,val}-{0..3}.tar",
        "http://[::1]:8000/x.tar",
        "https://host:99999/x.tar",
      ];
      for (const text of plain) assert.equal(nameText(text), text);
    },
  },
  {
    name: "redactText() and redactError() take what may be secret out of any text",
    run() {
      const texts: readonly (readonly [text: string, shown: string])[] = [
        ["for url (https://us3r:pa55@host/x): refused", "for url (https://host/x): refused"],
        ['open "https://us3r:pa 55@host/x?s1g=1" now', 'open "https://host/x" now'],
        ["https://us3r:pa 55@host/x now", "https://host/x now"],
        ["https://a.b/x?s1g to https://us3r:pa55@h/y.", "https://a.b/x to https://h/y."],
        ["'http://us3r:pa55@[::1'", "'http://…'"],
        ["at f (file:///app/@scope/x.js:1:2)", "at f (file:///app/@scope/x.js:1:2)"],
        ["nothing@all", "nothing@all"],
      ];
      for (const [text, shown] of texts) assert.equal(redactText(text), shown);
      const inner = new Error("https://us3r:pa55@host/x");
      const error = new TypeError("it failed", { cause: inner });
      const redacted = redactError(error) as Error;
      assert.equal(redacted.name, "TypeError");
      assert.equal((redacted.cause as Error).message, "https://host/x");
      assert.notMatch(String((redacted.cause as Error).stack), SECRET);
      const fine = new Error("fine");
      assert.strictEqual(redactError(fine), fine);
    },
  },
];
