// Drops shards on the page of /inspect in headless Chromium, on Node. Arguments: playwright's entry, Chromium, the origin
// of the page, a folder for files and screenshots, the built-in sample, the folder of other formats. Prints a JSON list of [check, whether
// it holds].
import { appendFile, mkdir, readFile, rm } from "node:fs/promises";
import process from "node:process";
import { launchChromium } from "../runtimes/chromium.mjs";
import { startHosts } from "./hosts.mjs";
import { makeFiles } from "./make_files.mjs";

const [playwright, executablePath, origin, folder, samplePath, formats] = process.argv.slice(2);
const files = `${folder}/inspect`;
await mkdir(files, { recursive: true });
const sample = await readFile(samplePath);
const paths = await makeFiles(files, samplePath, formats);
paths["sample.tar"] = samplePath;
const hosts = await startHosts(sample);
const browser = await launchChromium(playwright, executablePath);
const checks = [], errors = [];
const check = (name, holds) => checks.push([name, Boolean(holds)]);

const open = async (options = {}, path = "/inspect") => {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...options });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    // Hosts that refuse are on the console by themselves.
    if (/Content Security Policy|Refused|Uncaught/.test(message.text())) {
      errors.push(message.text());
    }
  });
  page.on("dialog", (dialog) => {
    errors.push("a dialog of a hostile key");
    dialog.dismiss();
  });
  await page.goto(origin + path);
  return page;
};
const text = (page, selector) => page.textContent(selector);
const texts = (page, selector) =>
  page.$$eval(selector, (all) => all.map((each) => each.textContent));
/** Waits until the page has come to an end with a shard. */
const settle = (page, name) =>
  page.waitForFunction(
    (end) =>
      document.querySelector("#name").textContent.endsWith(end) &&
      /^(Looked through|It cannot be read|Stopped)/.test(
        document.querySelector("#status").textContent,
      ),
    name,
  );
const choose = async (page, name) => {
  await page.setInputFiles("#file", paths[name]);
  await settle(page, name);
};
const ask = async (page, path) => {
  await page.fill("#address", hosts.origin + path);
  await page.press("#address", "Enter");
};
/** A figure of the page, by what stands below it. */
const figure = (page, what) =>
  page.$$eval(
    "#cards div",
    (cards, wanted) =>
      cards.find((card) => card.querySelector("dt").textContent.startsWith(wanted))
        ?.querySelector("dd").textContent,
    what,
  );
const problem = async (page) => {
  await page.waitForSelector("#problem-list li");
  return (await texts(page, "#problem-list li")).join("\n");
};
const verified = (page) =>
  page.waitForFunction(() =>
    /^(All of it|Cancelled|It could not)/.test(document.querySelector("#verify-status").textContent)
  );

async function lookAtSample() {
  const page = await open({ colorScheme: "light" });
  await page.screenshot({ path: `${folder}/inspect-start.png` });
  await choose(page, "sample.tar");
  check(
    "samples and classes are counted",
    await text(page, "#status") === "Looked through: 36 samples",
  );
  check("fields are listed", (await texts(page, "#fields th")).join() === ".cls,.jpg,.json");
  check("classes are counted", (await texts(page, "#classes button"))[0] === "class 340");
  check("samples are listed", await page.locator("#samples li").count() === 36);
  await page.waitForSelector("#samples canvas");
  check(
    "pictures are made of what can be seen, and no others",
    await page.locator("#samples canvas").count() < 36,
  );
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.waitForFunction(() =>
    document.querySelector("#samples li:last-child canvas") !== null
  );
  // A picture in the middle of the grid is no single colour: it was decoded.
  const colours = await page.$eval("#samples li:last-child canvas", (canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, 160, 160);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  check("pictures are decoded", colours > 100);
  check(
    "what happened is said to those who do not see it",
    (await text(page, "#announce")).includes("sample.tar: Looked through: 36 samples"),
  );
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: `${folder}/inspect-light.png`, fullPage: true });
  await page.locator("#samples button").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#view-picture canvas");
  check("Enter opens a sample", (await text(page, "#view-title")).includes("number 1"));
  check("its class and its metadata are shown", /filename/.test(await text(page, "#view-fields")));
  await page.screenshot({ path: `${folder}/inspect-view.png` });
  await page.keyboard.press("ArrowRight");
  check("arrows go on in it", (await text(page, "#view-title")).includes("number 2"));
  await page.keyboard.press("Escape");
  check(
    "Escape closes it, and the focus is on its sample",
    !(await page.isVisible("#view")) &&
      await page.evaluate(() => document.activeElement.ariaLabel.startsWith("Sample 2,")),
  );
  await page.locator("#by-count").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  const focused = await page.evaluate(() => document.activeElement.textContent);
  await page.keyboard.press("Tab");
  check(
    "of the classes one is reached by Tab, the others by arrows",
    focused === "class 522" &&
      await page.evaluate(() =>
        !document.querySelector("#classes").contains(document.activeElement)
      ),
  );
  await page.locator("#classes button").first().click();
  await page.waitForFunction(() => document.querySelectorAll("#samples li").length === 4);
  check(
    "a class is chosen",
    (await texts(page, "#samples .name")).every((name) => name === "class 340"),
  );
  await page.click("#all-classes");
  await page.waitForFunction(() => document.querySelectorAll("#samples li").length === 36);
  await page.fill("#from", "30");
  await page.press("#from", "Enter");
  await page.waitForFunction(() => document.querySelectorAll("#samples li").length === 6);
  check("samples are listed from a number on", /^30 to 35/.test(await text(page, "#list-status")));
  await page.keyboard.press("p");
  await page.waitForFunction(() => document.querySelectorAll("#samples li").length === 36);
  await page.click("#verify-start");
  await verified(page);
  check(
    "a sound shard is found to be sound",
    /^All of it was read: 36 samples, 36 images, .* nothing is wrong\.$/.test(
      await text(page, "#verify-status"),
    ),
  );
  await page.keyboard.press("?");
  check("? shows the keys", await page.isVisible("#help"));
  await page.close();
}

async function lookAtFaults() {
  const page = await open();
  await choose(page, "cut.tar");
  check("a cut shard: what is whole is listed", /: 21 samples$/.test(await text(page, "#status")));
  check(
    "… and where it ends is told",
    /ends inside its body.*It was cut/.test(await problem(page)),
  );
  await choose(page, "checksum.tar");
  const told = await problem(page);
  check(
    "a wrong checksum: the samples before it, and no problem of the shard before",
    /: 8 samples$/.test(await text(page, "#status")) && /checksum is/.test(told) &&
      !/cut\.tar/.test(told),
  );
  await page.click("#verify-start");
  await verified(page);
  check(
    "… of which verifying finds what is behind it",
    /: 36 samples, 36 images, .*; 1 fault \(archive 1\)/.test(await text(page, "#verify-status")) &&
      /next header that is whole/.test((await texts(page, "#findings li")).join()),
  );
  await page.screenshot({ path: `${folder}/inspect-faults.png`, fullPage: true });
  await choose(page, "packed.tar.gz");
  check(
    "a compressed shard is unpacked and listed",
    await text(page, "#status") === "Looked through: 36 samples" &&
      await figure(page, "unpacked") === "1.69 MB",
  );
  await choose(page, "cut.tar.gz");
  check(
    "of a cut one, what came before is listed",
    /[1-9]\d* samples$/.test(await text(page, "#status")) &&
      /gzip data is damaged/.test(await problem(page)),
  );
  await choose(page, "empty.tar");
  check("an empty file is said to be empty", /it is empty/.test(await problem(page)));
  check("… and nothing of the last one is left", !(await page.isVisible("#listing")));
  await choose(page, "text.tar");
  check("a text is no tar", /no tar archive/.test(await problem(page)));
  await choose(page, "picture.tar");
  check("a picture is said to be one", /it is a PNG image/.test(await problem(page)));
  await choose(page, "formats.tar");
  await page.waitForFunction(() =>
    [...document.querySelectorAll("#samples .none")].every(({ textContent }) => textContent !== "")
  );
  const shown = await page.$$eval(
    "#samples li",
    (all) =>
      all.filter((each) => each.querySelector("canvas")).map((each) => each.innerText.trim()),
  );
  // Whether a browser decodes JPEG XL is its own affair.
  check(
    `all formats are shown: ${shown.length}`,
    ["png", "webp", "avif", "gif", "bmp", "tiff"].every((format) =>
      shown.some((each) => each.endsWith(format))
    ),
  );
  await choose(page, "odd.tar");
  await page.waitForFunction(() =>
    document.querySelector("#samples canvas") !== null &&
    /does not decode/.test(document.querySelector("#samples").textContent)
  );
  check("PNG is decoded, and what does not decode says so", true);
  check(
    "a hostile key is text",
    (await texts(page, "#samples .key")).includes("<img src=x onerror=alert(1)>"),
  );
  await page.locator("#samples button").nth(1).click();
  await page.waitForSelector("#view-fields pre");
  check(
    "so is a hostile field",
    await text(page, "#view-fields pre") === "<script>alert(1)</script>",
  );
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() =>
    /12345678901234567890/.test(document.querySelector("#view-fields").textContent)
  );
  check("numbers stay as they are written", true);
  await page.keyboard.press("Escape");
  await page.click("#verify-start");
  await verified(page);
  check(
    "verifying finds the broken picture",
    /broken/.test((await texts(page, "#findings li")).join()),
  );
  await choose(page, "changed.tar");
  await appendFile(paths["changed.tar"], "more");
  await page.click("#verify-start");
  await verified(page);
  check(
    "a file that was written to meanwhile is told to be so",
    /^It could not be read to its end: .*1 fault/.test(await text(page, "#verify-status")),
  );
  await page.close();
}

async function lookAtLarge() {
  const page = await open();
  await choose(page, "huge.tar");
  check("ten gigabytes: all samples", await text(page, "#status") === "Looked through: 5 samples");
  const read = await figure(page, "read for this");
  check(`… of which little is read: ${read}`, /^\d+ kB$/.test(read));
  await page.waitForFunction(() => document.querySelectorAll("#samples canvas").length === 5);
  check("… with pictures of what lies behind five gigabytes", true);
  await choose(page, "padded.tar");
  check(
    "zeros behind the end are told, and not read",
    await figure(page, "behind its end") === "10.7 GB" &&
      /^1\.\d+ MB$/.test(await figure(page, "read for this")),
  );
  await page.click("#verify-start");
  await page.waitForFunction(() =>
    /[1-9]\d* samples/.test(document.querySelector("#verify-status").textContent)
  );
  check("verifying tells how far it is", await page.isVisible("#verify-bar"));
  await page.click("#verify-stop");
  await verified(page);
  check("… and can be cancelled", /^Cancelled/.test(await text(page, "#verify-status")));
  // In the middle of the next one, another shard.
  await page.click("#verify-start");
  await choose(page, "sample.tar");
  check(
    "another shard ends it",
    await text(page, "#verify-status") === "" &&
      await text(page, "#status") === "Looked through: 36 samples",
  );
  await page.close();
}

async function lookAtHosts() {
  const page = await open();
  await ask(page, "/open.tar");
  await settle(page, "/open.tar");
  check(
    "a host with ranges: all samples",
    await text(page, "#status") === "Looked through: 36 samples",
  );
  check(
    "… by requests",
    /^read for this, by \d+ requests?$/.test((await texts(page, "#cards dt")).at(-1)),
  );
  await page.waitForSelector("#samples canvas");
  await ask(page, "/whole.tar");
  await settle(page, "/whole.tar");
  check(
    "a small shard of a host without ranges is read as a whole",
    await text(page, "#status") === "Looked through: 36 samples",
  );
  await ask(page, "/hidden.tar");
  check(
    "a host that hides Content-Range is explained",
    /Access-Control-Expose-Headers/.test(await problem(page)),
  );
  await page.click("#whole");
  await page.waitForFunction(() =>
    /^Looked through: 36/.test(document.querySelector("#status").textContent)
  );
  check("… and can be read as a whole", true);
  await ask(page, "/closed.tar");
  check(
    "a host without leave to read is explained",
    /\(CORS\).*Download the file/.test(await problem(page)),
  );
  await ask(page, "/missing.tar");
  check("so is an address that leads nowhere", /HTTP 404.*spelt/.test(await problem(page)));
  await ask(page, "/private.tar");
  check(
    "so is one that takes a token",
    /HTTP 403.*no passwords or tokens/.test(await problem(page)),
  );
  await page.fill("#address", "http://");
  await page.press("#address", "Enter");
  check("so is what is no address", /no URL|no address|Cannot open/.test(await problem(page)));
  await ask(page, "/hangs.tar");
  await page.waitForFunction(() =>
    /^Reading headers/.test(document.querySelector("#status").textContent)
  );
  await page.click("#stop");
  await settle(page, "/hangs.tar");
  check("a host that does not answer: Stop", /^Stopped/.test(await text(page, "#status")));
  hosts.release();
  await page.click("#continue");
  await page.waitForFunction(() =>
    /^Looked through: 36/.test(document.querySelector("#status").textContent)
  );
  check("… and Go on, from there", true);
  const named = await open({}, `/inspect?url=${encodeURIComponent(`${hosts.origin}/open.tar`)}`);
  await settle(named, "/open.tar");
  check(
    "an address can stand in the page's own",
    await text(named, "#status") === "Looked through: 36 samples",
  );
  await named.close();
  await page.close();
}

/** Rows of the list of shards: name, how far, what is wrong. */
const rows = (page) =>
  page.$$eval(
    "#shard-list li",
    (all) =>
      all.map((row) =>
        [".choose", ".state", ".faults"].map((part) => row.querySelector(part).textContent)
      ),
  );
const chooseSeveral = async (page, ...names) => {
  await page.setInputFiles("#file", names.map((name) => paths[name]));
  await settleAll(page, names.length);
};
/** Waits until so many shards are there, and nothing is read any more. */
const settleAll = (page, count) =>
  page.waitForFunction((count) => {
    const text = document.querySelector("#shards-sum").textContent;
    return text.startsWith(`${count} shards`) && !/still being read/.test(text);
  }, count);
const closeShard = (page, name) => page.getByRole("button", { name: `Close ${name}` }).click();

async function lookAtSeveral() {
  const page = await open({ colorScheme: "light" });
  await chooseSeveral(page, "sample.tar", "odd.tar", "cut.tar", "text.tar", "again.tar");
  const all = await rows(page);
  check(
    "several shards are listed with their counts",
    all.map(([name]) => name).join() === "sample.tar,odd.tar,cut.tar,text.tar,again.tar" &&
      /^36 samples, 1\.54 MB$/.test(all[0][1]) && /^3 samples/.test(all[1][1]) &&
      /^21 samples/.test(all[2][1]),
  );
  check(
    "… and with what is wrong with each",
    all.map((row) => row[2]).join() === ",,1 problem,1 problem,",
  );
  check(
    "… and all together",
    /^5 shards · 96 samples · .* · 2 problems/.test(await text(page, "#shards-sum")),
  );
  check(
    "the first of them is shown",
    await text(page, "#name") === "sample.tar" &&
      await text(page, "#status") === "Looked through: 36 samples" &&
      !(await page.isVisible("#problems")),
  );
  await page.screenshot({ path: `${folder}/inspect-several.png` });
  await page.getByRole("button", { name: "cut.tar", exact: true }).click();
  await settle(page, "cut.tar");
  check(
    "another one is chosen, with its samples and its problems",
    /: 21 samples$/.test(await text(page, "#status")) &&
      /ends inside its body/.test(await problem(page)),
  );
  await page.waitForFunction(() => document.querySelectorAll("#samples li").length === 21);
  await page.keyboard.press("[");
  await settle(page, "odd.tar");
  await page.waitForFunction(() => document.querySelectorAll("#samples li").length === 3);
  check(
    "brackets go from shard to shard, and the focus goes along",
    await page.evaluate(() => document.activeElement.textContent === "odd.tar") &&
      !(await page.isVisible("#problems")),
  );
  await page.keyboard.press("]");
  await page.keyboard.press("]");
  await settle(page, "text.tar");
  check("… also to one that is none", !(await page.isVisible("#listing")));
  await page.click("#verify-start");
  await verified(page);
  const status = await text(page, "#verify-status");
  check(
    `all shards are verified: ${status}`,
    /^All of it was read: 5 of 5 shards, 96 samples, .*keys 57/.test(status),
  );
  const found = (await texts(page, "#findings li")).join("\n");
  check(
    "keys that two shards have are found",
    /comes again: "sample\.tar" has one of that key.*keys · again\.tar/.test(found),
  );
  check(
    "… and faults say which shard has them",
    /decodable · odd\.tar/.test(found) && /archive · text\.tar/.test(found),
  );
  const after = await rows(page);
  check(
    "… and how many there are in each",
    after[0][2] === "nothing wrong" && after[4][2] === "36 faults",
  );
  await page.screenshot({ path: `${folder}/inspect-several-verified.png`, fullPage: true });
  await closeShard(page, "again.tar");
  await closeShard(page, "cut.tar");
  check(
    "shards are closed",
    (await rows(page)).map(([name]) => name).join() === "sample.tar,odd.tar,text.tar" &&
      await text(page, "#name") === "text.tar",
  );
  await closeShard(page, "text.tar");
  await settle(page, "odd.tar");
  check("closing the one that is shown shows its neighbour", true);
  await closeShard(page, "odd.tar");
  await settle(page, "sample.tar");
  check(
    "of one that is left there is no list",
    !(await page.isVisible("#shards")) && await page.isVisible("#verify-start"),
  );
  await page.close();
}

/** Whatever is closed or dropped in the middle of something. */
async function interruptSeveral() {
  const page = await open({ colorScheme: "dark" });
  await chooseSeveral(page, "sample.tar", "padded.tar", "odd.tar");
  const verifying = async () => {
    await page.click("#verify-start");
    await page.waitForFunction(() =>
      /[1-9]\d* samples/.test(document.querySelector("#verify-status").textContent)
    );
  };
  await verifying();
  await closeShard(page, "padded.tar");
  await verified(page);
  check(
    "closing a shard ends what is verified of it",
    /^Cancelled/.test(await text(page, "#verify-status")) &&
      (await rows(page)).length === 2,
  );
  await page.click("#verify-start");
  await verified(page);
  check(
    "… and the others are verified then",
    /^All of it was read: 2 of 2 shards, 39 samples/.test(await text(page, "#verify-status")),
  );
  await chooseSeveral(page, "padded.tar", "sample.tar");
  await verifying();
  await chooseSeveral(page, "odd.tar", "again.tar", "cut.tar");
  check(
    "others that are dropped meanwhile take their place",
    await text(page, "#verify-status") === "" && await text(page, "#name") === "odd.tar" &&
      (await rows(page)).length === 3,
  );
  await choose(page, "sample.tar");
  check("so does one", !(await page.isVisible("#shards")));
  await page.check("#add");
  await page.setInputFiles("#file", [paths["odd.tar"], paths["cut.tar"]]);
  await settleAll(page, 3);
  check(
    "others come beside those that are open, where that is asked for",
    (await rows(page)).map(([name]) => name).join() === "sample.tar,odd.tar,cut.tar" &&
      await text(page, "#name") === "sample.tar",
  );
  await page.uncheck("#add");
  // One host answers, the other one never does.
  await page.fill("#address", `${hosts.origin}/{open,never}.tar`);
  await page.press("#address", "Enter");
  await settle(page, "/open.tar");
  const reading = await rows(page);
  check(
    "addresses are given by braces; one that hangs holds no other up",
    reading.length === 2 && /36 samples/.test(reading[0][1]) && /so far/.test(reading[1][1]) &&
      !(await page.isVisible("#verify")),
  );
  await closeShard(page, `${hosts.origin}/never.tar`);
  check(
    "one that hangs is closed",
    !(await page.isVisible("#shards")) && await page.isVisible("#verify-start") &&
      await text(page, "#status") === "Looked through: 36 samples",
  );
  await page.fill("#address", `${hosts.origin}/{1..3`);
  await page.press("#address", "Enter");
  check("braces that do not close are a problem", /brace/i.test(await problem(page)));
  const bytes = [...sample.subarray(0, 300_000)];
  await page.evaluate((given) => {
    const dataTransfer = new DataTransfer();
    for (const name of ["same.tar", "same.tar", "empty.tar"]) {
      const content = name === "empty.tar" ? [] : [new Uint8Array(given)];
      dataTransfer.items.add(new File(content, name));
    }
    document.body.dispatchEvent(
      new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }),
    );
  }, bytes);
  await settleAll(page, 3);
  const dropped = await rows(page);
  check(
    "several files are dropped, two of one name among them",
    dropped.map(([name]) => name).join() === "same.tar,same.tar (2),empty.tar" &&
      dropped[2][1] === "cannot be read" && /^\d+ samples/.test(dropped[1][1]),
  );
  await page.click("#verify-start");
  await verified(page);
  const found = (await texts(page, "#findings li")).join("\n");
  check(
    "… and told apart where keys come twice",
    /comes again: "same\.tar" has one of that key.*keys · same\.tar \(2\)/.test(found),
  );
  await page.screenshot({ path: `${folder}/inspect-several-dark.png`, fullPage: true });
  await page.close();
  const narrow = await open({ viewport: { width: 360, height: 740 } });
  await chooseSeveral(narrow, "sample.tar", "odd.tar", "cut.tar", "text.tar", "again.tar");
  check(
    "several shards are no wider than a phone",
    await narrow.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
  );
  await narrow.screenshot({ path: `${folder}/inspect-several-narrow.png` });
  await narrow.close();
}

/** From the gallery to the page, and back. */
async function goFromGallery() {
  const page = await open({}, "/?split=sample");
  await page.waitForSelector("#samples li");
  await page.screenshot({ path: `${folder}/gallery-inspect.png` });
  await page.click("#inspect");
  await settle(page, "/sample.tar");
  check(
    "the gallery leads to the page with its shard",
    /inspect\?url=/.test(page.url()) &&
      await text(page, "#status") === "Looked through: 36 samples",
  );
  check("… which is read in parts", await figure(page, "read for this, by") !== undefined);
  await page.locator("#samples button").nth(4).click();
  await page.waitForSelector("#view-fields a");
  await page.click("#view-fields a");
  await page.waitForSelector("#facts tr");
  check(
    "a sample leads back to the gallery, and is shown there",
    /[?&]open=0-4\b/.test(page.url()) && await page.isVisible("#view"),
  );
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => location.search.includes("open=0-5"));
  await page.waitForSelector("#facts a");
  await page.screenshot({ path: `${folder}/gallery-view-inspect.png` });
  await page.click("#facts a");
  await settle(page, "/sample.tar");
  await page.waitForFunction(() => document.querySelectorAll("#samples li").length > 0);
  check(
    "a sample of the gallery leads to its place in the shard",
    /^5 to 35 of 36/.test(await text(page, "#list-status")),
  );
  await page.click("#verify-start");
  await verified(page);
  check("… which can be verified", /nothing is wrong\.$/.test(await text(page, "#verify-status")));
  await page.click("#gallery");
  await page.waitForSelector("#samples li");
  check("the page leads back to the shard", /\?split=sample(&shard=0)?$/.test(page.url()));
  await page.close();
}

async function lookAround() {
  const page = await open({ colorScheme: "dark", reducedMotion: "reduce" });
  const bytes = [...sample.subarray(0, 400_000)];
  await page.evaluate((given) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([new Uint8Array(given)], "dropped.tar"));
    for (const type of ["dragenter", "dragover", "drop"]) {
      document.body.dispatchEvent(
        new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }),
      );
    }
  }, bytes);
  await settle(page, "dropped.tar");
  check("a file is dropped anywhere", await page.locator("#samples li").count() > 0);
  check(
    "the box is as before",
    !(await page.$eval("#drop", (box) => box.classList.contains("over"))),
  );
  await page.locator("#samples li").first().scrollIntoViewIfNeeded();
  await page.waitForSelector("#samples canvas");
  const style = (selector, property) =>
    page.$eval(selector, (element, name) => getComputedStyle(element)[name], property);
  check("dark is dark", /rgb\(20, 21, 24\)/.test(await style(":root", "backgroundColor")));
  check(
    "nothing moves where that is not wanted",
    await style("#drop", "transitionDuration") === "0s",
  );
  await page.screenshot({ path: `${folder}/inspect-dark.png`, fullPage: true });
  const unnamed = await page.$$eval(
    "button, input, progress, dialog, section, canvas[role]",
    (all) =>
      all.filter((each) =>
        !each.textContent.trim() && !each.ariaLabel && !each.getAttribute("aria-labelledby") &&
        !each.labels?.length
      ).map(({ outerHTML }) => outerHTML.slice(0, 80)),
  );
  check(`everything has a name: ${unnamed[0] ?? "yes"}`, unnamed.length === 0);
  await page.close();
  const narrow = await open({ viewport: { width: 360, height: 740 } });
  await choose(narrow, "sample.tar");
  await narrow.locator("#samples li").first().scrollIntoViewIfNeeded();
  await narrow.waitForSelector("#samples canvas");
  check(
    "nothing is wider than a phone",
    await narrow.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
  );
  await narrow.evaluate(() => scrollTo(0, 0));
  await narrow.screenshot({ path: `${folder}/inspect-narrow.png`, fullPage: true });
  await narrow.keyboard.press("/");
  check(
    "/ goes to the address",
    await narrow.evaluate(() => document.activeElement.id === "address"),
  );
  await narrow.close();
}

try {
  const looks = [
    lookAtSample,
    lookAtFaults,
    lookAtLarge,
    lookAtHosts,
    lookAtSeveral,
    interruptSeveral,
    goFromGallery,
    lookAround,
  ];
  for (const look of looks) {
    // One that waits for what never comes says where, and does not keep the others from their turn.
    await look().catch((error) => check(`${look.name} came to its end: ${error.stack}`, false));
  }
  check(`no errors: ${errors[0] ?? "none"}`, errors.length === 0);
} finally {
  await browser.close();
  hosts.close();
  await rm(files, { recursive: true });
}
console.log(JSON.stringify(checks));
