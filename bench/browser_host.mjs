// Keeps a page open in headless Chromium, on Node; for every line with a contestant's name it runs a pass and prints the
// milliseconds. Arguments: playwright's entry, Chromium, the page.
import process from "node:process";
import { createInterface } from "node:readline";

const [playwright, executablePath, address] = process.argv.slice(2);
const { chromium } = (await import(playwright)).default;
const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const page = await browser.newPage();
page.on("pageerror", (error) => console.error(String(error)));
await page.goto(address);
await page.waitForFunction(() => typeof globalThis.pass === "function");
console.log(`ready ${browser.version()}`);
for await (const line of createInterface({ input: process.stdin })) {
  console.log(await page.evaluate((contestant) => globalThis.pass(contestant), line));
}
await browser.close();
