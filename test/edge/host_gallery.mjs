// Looks through the gallery in headless Chromium, on Node. Arguments: playwright's entry, Chromium, the gallery, a folder
// for screenshots. Prints a JSON list of [check, whether it holds].
import process from "node:process";
import { launchChromium } from "../runtimes/chromium.mjs";

const [playwright, executablePath, origin, folder] = process.argv.slice(2);
const browser = await launchChromium(playwright, executablePath);
const checks = [], errors = [];
const check = (name, holds) => checks.push([name, Boolean(holds)]);
const open = async (options, path = "/") => {
  const page = await browser.newPage(options);
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("dialog", (dialog) => {
    errors.push("a dialog of a hostile key");
    dialog.dismiss();
  });
  await page.goto(origin + path);
  await page.waitForSelector("#samples li, #status.bad");
  await page.waitForLoadState("networkidle");
  return page;
};
const background = (page) =>
  page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
try {
  const page = await open({ viewport: { width: 1200, height: 800 }, colorScheme: "light" });
  const items = page.locator("#samples li");
  check("samples are shown", await items.count() === 38);
  const widths = await page.$$eval(
    "#samples img",
    (images) => images.slice(0, 12).map((image) => image.naturalWidth),
  );
  check("thumbnails are decoded", widths.every((width) => width === 160));
  check(
    "labels and synsets are shown",
    /\S/.test(await items.first().locator(".name").textContent()) &&
      /n\d{8} · /.test(await items.first().locator(".key").textContent()),
  );
  const hostile = await items.last().locator(".key").textContent();
  check("a hostile key is text", hostile.includes("<img src=x onerror=alert(1)>"));
  await page.screenshot({ path: `${folder}/light.png` });
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#facts tr") !== null);
  // The network may have been idle once before the picture is asked for.
  await page.waitForFunction(() => document.querySelector("#crop").naturalWidth > 0);
  check("Enter opens the sample", await page.isVisible("#view") && page.url().includes("open=0-1"));
  check(
    "the crop is 224 pixels",
    await page.$eval(
      "#crop",
      ({ naturalWidth, naturalHeight }) => naturalWidth === 224 && naturalHeight === 224,
    ),
  );
  check("facts of the header are shown", /\d+ × \d+, ycbcr/.test(await page.textContent("#facts")));
  await page.screenshot({ path: `${folder}/view.png` });
  await page.keyboard.press("ArrowRight");
  check("arrows go on in the view", page.url().includes("open=0-2"));
  await page.keyboard.press("Escape");
  check("Escape closes it", !(await page.isVisible("#view")) && !page.url().includes("open="));
  await page.goBack();
  await page.waitForTimeout(200);
  check("the browser's way back opens it again", await page.isVisible("#view"));
  await page.keyboard.press("Escape");
  await items.nth(36).locator("button").click();
  await page.waitForFunction(() => document.querySelector("#whole").naturalWidth > 0);
  check("a PNG file is shown", await page.isVisible("#view") && page.url().includes("open=0-36"));
  await page.waitForFunction(() => document.querySelector("#facts tr") !== null);
  check("so is its caption", /a small picture/.test(await page.textContent("#facts")));
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  check("/ goes to the class", await page.evaluate(() => document.activeElement.id === "class"));
  await page.keyboard.type("340");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() =>
    document.querySelector("#status").textContent.includes("of class 340")
  );
  const names = await page.$$eval(
    "#samples .name",
    (all) => all.map(({ textContent }) => textContent),
  );
  check("a class is filtered", names.length > 0 && names.every((name) => name === "zebra"));
  const shared = await open(
    { viewport: { width: 1200, height: 800 } },
    page.url().slice(origin.length),
  );
  check("an address can be shared", await shared.locator("#samples li").count() === names.length);
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  check("? shows the keys", await page.isVisible("#help"));
  await page.keyboard.press("Escape");
  const dark = await open({ viewport: { width: 1200, height: 800 }, colorScheme: "dark" });
  check("dark is dark", await background(dark) !== await background(page));
  await dark.screenshot({ path: `${folder}/dark.png` });
  const narrow = await open({ viewport: { width: 390, height: 800 } });
  check(
    "nothing is wider than a phone",
    await narrow.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
  );
  await narrow.screenshot({ path: `${folder}/narrow.png` });
  // The sample without an image is the hostile one, whose thumbnail the server refuses.
  const unexpected = errors.filter((text) => !/status of 422/.test(text));
  check(`no errors on the console: ${unexpected[0] ?? "none"}`, unexpected.length === 0);
} finally {
  await browser.close();
}
console.log(JSON.stringify(checks));
