/** Conditions on samples. */

import { assert } from "chai";
import type { TestCase } from "../case.ts";
import { namesRow } from "../../src/tools/expression.ts";
import { parseCondition } from "../../src/tools/mod.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const SUBJECT = {
  key: "folder/cat-7",
  fields: {
    cls: text("281"),
    id: text("9007199254740993"),
    txt: text("a black cat"),
    json: text(
      '{"width": 300, "height": 200, "tags": ["a", "b"], "nsfw": null, "ok": true, ' +
        '"aesthetic score": 5.5, "größe": {"cm": 3}, "a.b": 1, "in": 2, "row": 4, "it\'s": 6}',
    ),
    "v1.json": text('{"status": "success"}'),
    row: text("12"),
    key: text("a field"),
    fields: text("another"),
    "a-b.json": text('{"x": [[7]]}'),
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

/** Names of any letters, in brackets and quotes as Python has them. */
const NAMED: readonly (readonly [condition: string, expected: boolean])[] = [
  ["json['aesthetic score'] > 5 and json['größe'].cm == 3 and json[\"größe\"]['cm'] == 3", true],
  ["json['a.b'] == 1 and json['in'] + json['row'] == 6 and json.row == 4", true],
  ["json['it\\'s'] == 6 and json[\"it's\"] == 6", true],
  ["json['tags'][1] == 'b' and json.tags[0] == 'a' and json.tags[2] == null", true],
  ["fields['row'] == '12' and fields['key'] == 'a field' and key == 'folder/cat-7'", true],
  ["fields['fields'] == 'another' and fields == 'another'", true],
  ["fields['a-b.json'].x[0][0] == 7 and fields['a-b.json']['x'][0] == [7]", false],
  ["fields['a-b.json'].x[0][0] == 7", true],
  ["fields['v1.json'].status == 'success' and v1['json'] == null", true],
  ["fields['json'].width == 300 and fields['cls'] in [281]", true],
  ["json ['width'] == 300 and json['width'] .x == null", true],
  [
    "fields['nothing'] == null and json['nothing'][0] == null and json['constructor'] == null",
    true,
  ],
];

/** The same of the row of a table. */
const OF_ROW: readonly (readonly [condition: string, expected: boolean])[] = [
  ["row['score (%)'] > 10 and row.label == 'x' and row['label'] == 'x'", true],
  ["row.a.b == 1 and row['a.b'] == 1 and row['a'] == null and row['a'].b == null", true],
  ["row['box'][1] == 2 and row.box[0] == 1 and row.box.0 == 1", true],
  ["fields['row'] == '12'", true],
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
  ["json['a'", /at letter 9, it ends where \] should be/],
  ["json[a]", /there is a where a name in quotes, or a number should be/],
  ["json[1.5]", /there is 1.5 where a name/],
  ["json[]", /there is \] where a name/],
  [".a == 1", /there is .a where a value/],
  ["'a'.b", /there is .b/],
  ["(json).a", /there is .a/],
  ["`x`", /"`" cannot stand there/],
  ["(".repeat(200), /nested too deeply/],
  ["not ".repeat(200), /nested too deeply/],
  ["a".repeat(20_000), /more than 10000 letters/],
];

export const cases: TestCase[] = [
  {
    name: "parseCondition() gives what Python's expression gives",
    run(): void {
      for (const [condition, expected] of [...CONDITIONS, ...LACKING, ...NAMED]) {
        assert.equal(parseCondition(condition)(SUBJECT), expected, condition);
      }
    },
  },
  {
    name: "parseCondition() takes any name in brackets, of a table's columns, too",
    run(): void {
      const row = { "score (%)": "12.5", label: "x", "a.b": 1, box: [1, 2] };
      for (const [condition, expected] of OF_ROW) {
        assert.equal(parseCondition(condition)({ ...SUBJECT, row }), expected, condition);
      }
      assert.isTrue(namesRow("row['x'] == 1"));
      assert.isFalse(namesRow("fields['row'] == json.row and json['row'] == 'row.x'"));
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
