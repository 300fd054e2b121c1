/**
 * What was found out about shards, for programs and for people.
 *
 * @module
 */
import { type Check, CHECKS, type Finding, type VerifyReport } from "./findings.ts";
import { escapeHtml, formatCards, formatPage, formatTable } from "./page.ts";

const NAMES = Object.keys(CHECKS) as Check[];

/** Number of findings of all checks. */
export function countFindings({ counts }: Pick<VerifyReport, "counts">): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** A finding without what is not known of it, for JSON. */
export function plainFinding(finding: Finding): Record<string, unknown> {
  const { check, shard, key, index, field, offsetBytes, code, message } = finding;
  return { check, shard, key, index, field, offsetBytes, code, message };
}

/**
 * A report in the format of JUnit, which continuous integration shows: a suite a shard, a case a check.
 *
 * @param skip Checks that were not made.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { formatJunit, verifyShards } from "@wdstream/wdstream/tools";
 *
 * const xml = formatJunit(await verifyShards(sampleShard()));
 * if (!xml.includes('failures="0"')) throw new Error(xml);
 * ```
 */
export function formatJunit(report: VerifyReport, skip: readonly Check[] = []): string {
  const { shards, findings } = report;
  const lines = new Map<string, string[]>();
  for (const finding of findings) {
    const place = `${finding.check} ${finding.shard}`;
    lines.set(place, [...lines.get(place) ?? [], describePlace(finding)]);
  }
  const suites = shards.map(({ name, counts, samples }) => {
    const cases = NAMES.map((check) => {
      const open = `<testcase classname=${attribute(name)} name=${
        attribute(`${check}: ${CHECKS[check]}`)
      }`;
      const count = counts[check] ?? 0;
      if (skip.includes(check)) return `${open}><skipped/></testcase>`;
      if (count === 0) return `${open}/>`;
      const text = lines.get(`${check} ${name}`)?.join("\n") ?? "";
      return `${open}><failure type="${check}" message="${count} found">${
        escapeXml(text)
      }</failure></testcase>`;
    });
    const failures = NAMES.filter((check) => counts[check]).length;
    const facts = `tests="${NAMES.length}" failures="${failures}" skipped="${skip.length}"`;
    const properties = `<properties><property name="samples" value="${samples}"/></properties>`;
    return `<testsuite name=${attribute(name)} ${facts}>\n${properties}\n${
      cases.join("\n")
    }\n</testsuite>`;
  });
  const failures = shards.reduce(
    (sum, { counts }) => sum + NAMES.filter((check) => counts[check]).length,
    0,
  );
  const facts = `tests="${NAMES.length * shards.length}" failures="${failures}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="wdstream verify" ${facts}>\n${
    suites.join("\n")
  }\n</testsuites>\n`;
}

function describePlace({ message, offsetBytes, code }: Finding): string {
  const offset = offsetBytes === undefined ? "" : ` at byte ${offsetBytes}`;
  return `${message}${code === undefined ? "" : ` (${code})`}${offset}`;
}

function escapeXml(text: string): string {
  // deno-lint-ignore no-control-regex -- XML has no way to say these.
  const plain = text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
  return plain.toWellFormed().replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function attribute(text: string): string {
  return `"${escapeXml(text).replace(/\s/g, " ")}"`;
}

/**
 * A report as one page of HTML, without anything from elsewhere.
 *
 * @example Usage
 * ```ts
 * import { sampleShard } from "@wdstream/wdstream";
 * import { formatVerifyPage, verifyShards } from "@wdstream/wdstream/tools";
 *
 * const page = formatVerifyPage(await verifyShards(sampleShard()));
 * if (!page.includes("Nothing is wrong")) throw new Error(page);
 * ```
 */
export function formatVerifyPage(report: VerifyReport, skip: readonly Check[] = []): string {
  const { shards, samples, images, bytes, counts, findings, isCut, notes } = report;
  const count = countFindings(report);
  const verdict = count === 0
    ? '<p class="good">Nothing is wrong.</p>'
    : `<p class="bad">${count} found.</p>`;
  const checks = NAMES.map((check) => [
    check,
    CHECKS[check],
    skip.includes(check) ? "not looked at" : counts[check] ?? 0,
  ]);
  const rows = findings.map(({ check, shard, key, offsetBytes, code, message }) => [
    check,
    shard,
    key ?? "",
    offsetBytes ?? "",
    code === undefined ? message : `${message} (${code})`,
  ]);
  return formatPage(
    "wdstream verify",
    [
      verdict,
      ...notes.map((note) => `<p>${escapeHtml(note)}.</p>`),
      formatCards([
        ["shards", String(shards.length)],
        ["samples", String(samples)],
        ["images", String(images)],
        ["bytes", String(bytes)],
      ]),
      `<h2>Checks</h2>`,
      formatTable(["Check", "What is looked at", "Found"], checks),
      ...(rows.length === 0 ? [] : [
        `<h2>Found</h2>`,
        isCut ? `<p>The first ${rows.length} of ${count}.</p>` : "",
        formatTable(["Check", "Shard", "Key", "Byte", "What is wrong"], rows),
      ]),
      `<h2>Shards</h2>`,
      formatTable(
        ["Shard", "Samples", "Found"],
        shards.map((shard) => [shard.name, shard.samples, countFindings(shard)]),
      ),
    ].join("\n"),
  );
}
