// Opens a page in headless Chromium, on Node, until it has posted its report. Arguments: playwright's entry, Chromium,
// the page.
import process from "node:process";
import { launchChromium } from "./chromium.mjs";

const [playwright, executablePath, page] = process.argv.slice(2);
const browser = await launchChromium(playwright, executablePath);
try {
  const tab = await browser.newPage();
  tab.on("pageerror", (error) => console.error(String(error)));
  tab.on("console", (message) => message.type() === "error" && console.error(message.text()));
  const reported = tab.waitForResponse((response) => response.url().endsWith("/report"), {
    timeout: 1_500_000,
  });
  // A page whose modules cannot be loaded never reports.
  const broken = new Promise((_, reject) => {
    tab.on("pageerror", (error) => {
      if (/module specifier|dynamically imported|does not provide an export/.test(String(error))) {
        reject(error);
      }
    });
  });
  await Promise.race([tab.goto(page).then(() => reported), broken]);
} finally {
  await browser.close();
}
