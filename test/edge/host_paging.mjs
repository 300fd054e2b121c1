// Looks at samples of the gallery in headless Chromium, one after the other and by quick paging, over the handler in
// workerd. Arguments: playwright's entry, Chromium, miniflare's entry, the bundle, the kernel, shards. Prints a report as
// the last line.
import process from "node:process";
import { launchChromium } from "../runtimes/chromium.mjs";
import { indexShards, startWorker } from "./r2.mjs";

const SAMPLES = 200;

const [playwright, executablePath, miniflare, bundle, wasm, ...shards] = process.argv.slice(2);
const worker = await startWorker(miniflare, bundle, wasm, shards, await indexShards(shards));
await worker.ready;
const origin = String(await worker.unsafeGetDirectURL()).replace(/\/$/, "");
const browser = await launchChromium(playwright, executablePath);
const checks = [];
try {
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
  const failed = [];
  page.on("response", (response) => {
    if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
  });
  await page.addInitScript(() => {
    globalThis.broken = [];
    addEventListener("error", ({ target }) => {
      if (target instanceof HTMLImageElement) globalThis.broken.push(target.src);
    }, true);
  });
  await page.goto(origin);
  await page.waitForSelector("#samples li");
  const shown = () =>
    page.waitForFunction(
      () =>
        ["whole", "crop"].every((id) => {
          const image = document.getElementById(id);
          return image.complete && image.naturalWidth > 0;
        }) && document.querySelector("#facts tr") !== null,
      null,
      { timeout: 20_000 },
    );
  const isOpen = () => page.evaluate(() => new URLSearchParams(location.search).has("open"));
  let seen = 0;
  for (let turn = 0; seen < SAMPLES && turn < 2 * SAMPLES; turn++) {
    if (!await isOpen()) await page.locator("#samples button").first().click();
    await shown();
    seen++;
    const before = page.url();
    await page.keyboard.press("ArrowRight");
    if (page.url() !== before) continue;
    // The last one of this page: the next page, or the first one again.
    await page.keyboard.press("Escape");
    if (await page.locator("#next").isEnabled()) await page.keyboard.press("n");
    else await page.goto(origin);
    await page.waitForSelector("#samples li");
  }
  checks.push([`${seen} samples are shown one after the other`, seen === SAMPLES]);
  // Quickly, as somebody who looks for one: no picture is waited for.
  await page.goto(origin);
  await page.waitForSelector("#samples li");
  await page.locator("#samples button").first().click();
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press(i % 20 < 15 ? "ArrowRight" : "ArrowLeft");
    await page.waitForTimeout(i % 3 === 0 ? 40 : 5);
  }
  await shown();
  await page.keyboard.press("Escape");
  for (const key of "nnnnppnnpp") {
    await page.keyboard.press(key);
    await page.waitForTimeout(60);
  }
  await page.waitForLoadState("networkidle");
  await page.locator("#samples button").first().click();
  await shown();
  const broken = await page.evaluate(() => globalThis.broken);
  checks.push([`no picture is broken: ${broken[0] ?? "none"}`, broken.length === 0]);
  checks.push([`no request fails: ${failed[0] ?? "none"}`, failed.length === 0]);
} finally {
  await browser.close();
  await worker.dispose();
}
console.log(JSON.stringify(checks));
process.exit(0);
