// Keeps a page open in headless Chromium, on Node; for every line with a contestant's name it runs a pass and prints the
// milliseconds. Arguments: playwright's entry, Chromium, the page.
import process from "node:process";
import { createInterface } from "node:readline";
import { launchChromium } from "../../test/runtimes/chromium.mjs";

const [playwright, executablePath, address] = process.argv.slice(2);
const browser = await launchChromium(playwright, executablePath);
const page = await browser.newPage();
page.on("pageerror", (error) => console.error(String(error)));
await page.goto(address);
await page.waitForFunction(() => typeof globalThis.pass === "function");
console.log(`ready ${browser.version()}`);
for await (const line of createInterface({ input: process.stdin })) {
  console.log(await page.evaluate((contestant) => globalThis.pass(contestant), line));
}
await browser.close();
