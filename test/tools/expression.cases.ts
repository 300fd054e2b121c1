/** Conditions on samples. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { parseCondition } from "../../src/tools/mod.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const SUBJECT = {
  key: "folder/cat-7",
  fields: {
    cls: text("281"),
    id: text("9007199254740993"),
    txt: text("a black cat"),
    json: text('{"width": 300, "height": 200, "tags": ["a", "b"], "nsfw": null, "ok": true}'),
    "v1.json": text('{"status": "success"}'),
    bad: text("x"),
    "bad.json": text("{"),
  },
};

/** Conditions, with what Python's expression of the same words gives, names being the values. */
const CONDITIONS: readonly (readonly [condition: string, expected: boolean])[] = [
  ["json.width >= 256", true],
  ["json.width >= 300 and json.height < 200", false],
  ["json.width <= 300 and json.height <= 200", true],
  ["json.width * json.height >= 60000", true],
  ["json.width - json.height * 2 == -100", true],
  ["(json.width - json.height) * 2 == 200", true],
  ["json.width % 7 == 6 and json.width / 8 == 37.5", true],
  ["1 - 2 - 3 == -4 and 12 / 2 / 3 == 2", true],
  ["cls in [1, 281]", true],
  ["cls not in [1, 281]", false],
  ["not cls == 281 or cls == 281", true],
  ["not (cls == 281 or cls == 1)", false],
  ["false or true and false", false],
  ["'black' in txt and not \"dog\" in txt", true],
  ["json.tags.1 == 'b' and 'a' in json.tags and 'width' in json", true],
  ['v1.json.status == "success"', true],
  ["key == 'folder/cat-7' && !(cls < 200) || false", true],
  ["id == 9007199254740993", false],
  ["id > 9007199254740992", true],
  ["json.ok", true],
  ["json.ok == True and json.nsfw == None", true],
  ["txt < 'b' and 'b' > txt and txt <= txt and txt >= txt", true],
  ["'it\\'s' == \"it's\"", true],
];

/** What is not there is nothing, which is neither less nor greater, and equal to itself alone. */
const LACKING: readonly (readonly [condition: string, expected: boolean])[] = [
  ["json.depth > 0 or json.depth < 0 or json.depth >= 0", false],
  ["json.depth == null and json.depth != 0", true],
  ["json.tags.length == null and json.constructor == null and constructor == null", true],
  ["json.depth + 1 == null and txt * 2 == null", true],
  ["bad.json.width == null and bad == 'x'", true],
  ["json.width.x == null", true],
  ["txt > 5 or txt < 5", false],
];

const MISTAKES: readonly (readonly [condition: string, message: RegExp])[] = [
  ["", /at letter 1, it ends where a value/],
  ["json.width >=", /at letter 14, it ends where a value/],
  ["json.width = 5", /at letter 12, "=" cannot stand there/],
  ["a b", /at letter 3, there is b/],
  ["(a", /it ends where \) should be/],
  ["[1 2]", /there is 2 where a comma or \]/],
  ["a and or b", /there is or where a value/],
  ["process.exit()", /there is \(/],
  ["`x`", /"`" cannot stand there/],
  ["(".repeat(200), /nested too deeply/],
  ["not ".repeat(200), /nested too deeply/],
  ["a".repeat(20_000), /more than 10000 letters/],
];

export const cases: TestCase[] = [
  {
    name: "parseCondition() gives what Python's expression gives",
    run(): void {
      for (const [condition, expected] of [...CONDITIONS, ...LACKING]) {
        assert.equal(parseCondition(condition)(SUBJECT), expected, condition);
      }
    },
  },
  {
    name: "parseCondition() says what is wrong, and where",
    run(): void {
      for (const [condition, message] of MISTAKES) {
        assert.throws(() => parseCondition(condition), SyntaxError, message, condition);
      }
    },
  },
];
