// Looks through the gallery in headless Chromium, on Node. Arguments: playwright's entry, Chromium, the gallery, a folder
// for screenshots. Prints a JSON list of [check, whether it holds].
import process from "node:process";
import { launchChromium } from "../runtimes/chromium.mjs";

const [playwright, executablePath, origin, folder] = process.argv.slice(2);
const browser = await launchChromium(playwright, executablePath);
const WIDE = { viewport: { width: 1280, height: 860 }, colorScheme: "light" };
const NARROW = { viewport: { width: 390, height: 844 } };
const checks = [], errors = [];
const check = (name, holds) => checks.push([name, Boolean(holds)]);
/** What each page has asked for. */
const asked = new WeakMap();
const open = async (options, path = "/") => {
  const page = await browser.newPage(options);
  const requests = [];
  asked.set(page, requests);
  page.on("request", (request) => requests.push(request.url().slice(origin.length)));
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
const count = (page, pattern) => asked.get(page).filter((path) => pattern.test(path)).length;
/** Waits for a status; one that does not come is a check that fails. */
const says = async (page, text) => {
  try {
    await page.waitForFunction(
      (text) => document.querySelector("#status").textContent.includes(text),
      text,
    );
  } catch {
    check(`the page says "${text}", not "${await page.textContent("#status")}"`, false);
  }
};
/** Whether the page's address comes to be of a form; Chromium tells of a new one a little later. */
const goesTo = async (page, pattern) => {
  await page.waitForFunction((source) => new RegExp(source).test(location.search), pattern.source)
    .catch(() => {});
  return pattern.test(await page.evaluate(() => location.search));
};
const shown = (page) => page.locator("#samples li").count();
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
  check("no tensor is measured for a list", count(page, /as=statistics/) === 0);
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
  check(
    "facts of the header are shown",
    /\d+ × \d+, JPEG, ycbcr/.test(await page.textContent("#facts")),
  );
  await page.screenshot({ path: `${folder}/view.png` });
  await page.keyboard.press("ArrowRight");
  check("arrows go on in the view", await goesTo(page, /open=0-2/));
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
  check("so is its caption", /a small picture/.test(await page.textContent("#captions")));
  await page.keyboard.press("Escape");
  check(
    "the focus is back on the sample",
    await page.evaluate(() => document.activeElement.textContent.includes("small")),
  );
  await page.keyboard.press("c");
  check("c goes to the class", await page.evaluate(() => document.activeElement.id === "class"));
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
  await searchCaptions();
  await searchKeys();
  await searchAll();
  await stopSearch();
  await searchBroken();
  await searchNarrow();
  await countClasses();
  await measureTensor();
  await nameAll();
  await lookNarrow();
  // Samples without an image, and shards without an index, are refused what takes one.
  const unexpected = errors.filter((text) => !/status of (422|503)/.test(text));
  check(`no errors on the console: ${unexpected[0] ?? "none"}`, unexpected.length === 0);
} finally {
  await browser.close();
}
console.log(JSON.stringify(checks));

/** Captions and fields of what is loaded: one request a sample, however it is searched. */
async function searchCaptions() {
  const page = await open(WIDE, "/?split=captioned");
  const places = asked.get(page).filter((path) => /^\/v1\/captioned\/[01]\/\d+\?/.test(path));
  check(
    "a list takes one request a sample",
    places.length === 48 && new Set(places.map((path) => path.split("?")[0])).size === 48,
  );
  check(
    "captions are shown in the list",
    /a small picture of a dog/.test(await page.textContent("#samples")),
  );
  await page.screenshot({ path: `${folder}/captions.png` });
  const before = asked.get(page).length;
  await page.keyboard.press("/");
  await page.keyboard.type("DOG grass");
  await says(page, "8 of the 48 samples loaded so far match");
  check("words are searched in captions, all of them", await shown(page) === 8);
  check(
    "the page says what it searches",
    /in the 48 samples loaded so far/.test(await page.textContent("#scope")),
  );
  await page.keyboard.press("Control+A");
  await page.keyboard.type("dog");
  await says(page, "23 of the 48");
  // From the search to the field, its comparison and its value, by the keyboard alone.
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type("rating");
  await page.keyboard.press("Tab");
  await page.keyboard.type("is at least");
  await page.keyboard.press("Tab");
  await page.keyboard.type("3");
  await says(page, "15 of the 48");
  check("a field of the JSON filters", await shown(page) === 15);
  check("no search takes a request", asked.get(page).length === before);
  await page.screenshot({ path: `${folder}/filtered.png` });
  const shared = await open(WIDE, page.url().slice(origin.length));
  await says(shared, "15 of the 48");
  check("a search can be shared", await shown(shared) === 15);
  await page.click("#next");
  await says(page, "of the 62 samples loaded so far match");
  await page.waitForLoadState("networkidle");
  await says(page, "20 of the 62 samples loaded so far match");
  check("more is loaded and searched", await shown(page) === 20);
  check("what was loaded is not asked for again", count(page, /as=card/) === 62);
  await page.selectOption("#field", "exif.Make");
  await page.selectOption("#operator", "any");
  await says(page, "10 of the 62");
  check("fields in fields are found", await shown(page) === 10);
  await page.click("#clear");
  await says(page, "48 samples from captioned-0.tar");
  check("Clear shows all again", await shown(page) === 48 && !/q=|field=/.test(page.url()));
  check("and asks for no sample again", count(page, /as=card/) === 62);
}

/** Keys of the whole split, by the server. */
async function searchKeys() {
  const page = await open(WIDE, "/?split=captioned&shard=1");
  await page.keyboard.press("/");
  await page.keyboard.type("HOSTILE");
  await page.keyboard.press("Enter");
  await says(page, "in their keys, of 62 looked at");
  check(
    "Enter searches the keys of all shards",
    await shown(page) === 2 && /key=HOSTILE/.test(page.url()),
  );
  check(
    "the page says that it does",
    /Keys are searched in all shards/.test(await page.textContent("#scope")),
  );
  await page.waitForLoadState("networkidle");
  check("a hostile caption is text", /<script>alert/.test(await page.textContent("#samples")));
  await page.screenshot({ path: `${folder}/keys.png` });
  await page.locator("#samples button").first().click();
  await page.waitForSelector("#facts tr");
  check("a hostile field is text", /<b>field<\/b>/.test(await page.textContent("#facts pre")));
  check("a sample without an image says so", /No picture/.test(await page.textContent("#tensor")));
  await page.keyboard.press("Escape");
  await page.click("#key-chip");
  await says(page, "48 samples");
  check("the search of keys can be ended", !/key=/.test(page.url()));
  await page.selectOption("#split", "plain");
  await says(page, "from plain.tar");
  check("another split is chosen", /split=plain/.test(page.url()) && await shown(page) === 48);
  await page.click("#text");
  await page.keyboard.type("_69");
  await page.keyboard.press("Enter");
  await says(page, "of 70 looked at");
  check("keys are searched without an index, too", await shown(page) === 1);
}

/** Captions and fields of the whole split, by the handler: the same that the page finds in what it has loaded. */
async function searchAll() {
  const page = await open(WIDE, "/?split=captioned");
  await page.click("#next");
  await says(page, "14 samples");
  const local = await findLoaded(page, "dog");
  await page.fill("#text", "dog");
  const button = page.getByRole("button", { name: "Search all samples" });
  await button.click();
  await says(page, "30 samples with “dog”. Searched 62 of 62 samples.");
  check("a search of all samples fills the page", await shown(page) === 30);
  check("it is the handler that searches", count(page, /samples\?.*search=dog/) >= 1);
  check("its address says what is searched", /[?&]find=dog/.test(page.url()));
  check(
    "the fields are free to narrow it down",
    await page.inputValue("#text") === "" && await page.isVisible("#find-chip"),
  );
  check(
    "the page says what is searched",
    /^All samples of the split are searched/.test(await page.textContent("#scope")),
  );
  await page.waitForLoadState("networkidle");
  const places = asked.get(page).filter((path) => /as=card/.test(path));
  check("one request a sample", new Set(places).size === places.length);
  await page.screenshot({ path: `${folder}/search.png` });
  const keys = await page.$$eval("#samples .key", (all) => all.map((each) => each.textContent));
  check(
    `what is found is what the page finds itself: ${local.length}`,
    local.length === 8 && local.every((key) => keys.includes(key)),
  );
  await page.fill("#text", "grass");
  await says(page, "10 samples with “dog”, of 30 that were found");
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await says(page, "30 samples with “dog”.");
  await page.selectOption("#field", "rating");
  await page.selectOption("#operator", "min");
  await page.fill("#value", "3");
  await page.keyboard.press("Enter");
  await says(page, "20 samples with “dog” and rating at least 3. Searched 62 of 62");
  check("so is a field of the JSON", await shown(page) === 20);
  const shared = await open(WIDE, page.url().slice(origin.length));
  await says(shared, "20 samples with “dog” and rating at least 3");
  check("a search of all can be shared", await shown(shared) === 20);
  await shared.locator("#samples button").nth(3).click();
  await shared.waitForSelector("#tensor-rows tr");
  await shared.keyboard.press("ArrowRight");
  check("arrows go from one that was found to the next", await goesTo(shared, /open=0-12\b/));
  await shared.keyboard.press("Escape");
  await shared.close();
  await page.goBack();
  await says(page, "20 samples with “dog”, of 30 that were found");
  check(
    "the way back is the search before, with what narrowed it down",
    await page.inputValue("#value") === "3" && !/where=/.test(page.url()),
  );
  await page.click("#clear");
  await says(page, "48 samples from captioned-0.tar");
  check("Clear ends a search", !/find=|where=|field=/.test(page.url()));
  // Several pages of them, and classes without an index.
  await page.selectOption("#split", "plain");
  await says(page, "from plain.tar");
  await page.fill("#text", "PLAIN");
  await page.press("#text", "Shift+Enter");
  await says(page, "48 samples with “PLAIN”. Searched 48 of 70 samples. There may be more");
  check("a full page stops the search", await shown(page) === 48);
  await page.click("#next");
  await says(page, "22 samples on this page with “PLAIN”. Searched 70 of 70 samples.");
  check("the next page goes on from there", await shown(page) === 22);
  await page.keyboard.press("p");
  await says(page, "Searched 48 of 70");
  await page.fill("#class", "2");
  await page.press("#class", "Enter");
  await says(page, "23 samples with “PLAIN”. Searched 70 of 70");
  check("classes are read where there is no index", await shown(page) === 23);
  await page.click("#clear");
  await page.fill("#text", "nothing has this");
  await page.press("#text", "Shift+Enter");
  await says(page, "There is no sample with “nothing has this”. Searched 70 of 70 samples.");
  check("what is not there is said not to be there", await shown(page) === 0);
  await page.close();
}

/** Keys that the page finds in what it has loaded. */
async function findLoaded(page, text) {
  await page.fill("#text", text);
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() =>
    !document.querySelector("#status").textContent.includes("loading")
  );
  return (await page.$$eval(
    "#samples .key",
    (all) => all.map((each) => each.textContent),
  )).slice(-8);
}

/** A search that takes long says how far it is, and can be stopped and gone on with. */
async function stopSearch() {
  const page = await open(WIDE, "/?split=captioned");
  const waiting = [];
  let holds = true;
  // Answers of some samples each, of which the second comes when it is let go.
  await page.route("**/samples?*search=*", async (route) => {
    const url = new URL(route.request().url());
    const [shard, index] = ["shard", "index"].map((name) => Number(url.searchParams.get(name)));
    if (holds && (shard > 0 || index > 0)) await new Promise((resolve) => waiting.push(resolve));
    const end = Math.min(index + 20, 31);
    const all = await (await route.fetch()).json().catch(() => undefined);
    if (all === undefined) return;
    const samples = all.samples.filter((each) => each.shard === shard && each.index < end);
    const next = end < 31 ? [shard, end] : shard === 0 ? [1, 0] : null;
    const reached = next === null ? 62 : 31 * next[0] + next[1];
    await route.fulfill({ json: { ...all, samples, next, reached, looked: end - index } })
      .catch(() => {});
  });
  await page.fill("#text", "dog");
  await page.press("#text", "Shift+Enter");
  const reach = (text) =>
    page.waitForFunction(
      (text) => document.querySelector("#searched-text").textContent.startsWith(text),
      text,
    );
  await reach("Searched 20 of 62 samples: 11 found…");
  check("a search shows what it has found so far", await shown(page) === 11);
  check(
    "and how far it is",
    await page.$eval("#searched", ({ value }) => value > 0.3 && value < 0.4),
  );
  await page.waitForFunction(() => document.querySelectorAll("#samples img").length === 11);
  await page.screenshot({ path: `${folder}/searching.png` });
  const stop = page.getByRole("button", { name: "Stop", exact: true });
  await stop.focus();
  await page.keyboard.press("Enter");
  await says(page, "11 samples with “dog”. Searched 20 of 62 samples. Stopped.");
  check(
    "it can be stopped, and the focus stays",
    await page.evaluate(() => document.activeElement.textContent === "Search on"),
  );
  holds = false;
  for (const release of waiting) release();
  await page.keyboard.press("Enter");
  await says(page, "30 samples with “dog”. Searched 62 of 62 samples.");
  check("and gone on with", await shown(page) === 30);
  check("then nothing is left to stop", !(await page.isVisible("#search")));
  const cards = asked.get(page).filter((path) => /as=card/.test(path));
  check("no sample was asked for twice", new Set(cards).size === cards.length);
  await page.unroute("**/samples?*search=*");
  await page.selectOption("#split", "sample");
  await says(page, "There is no sample with “dog”. Searched 38 of 38 samples.");
  check("another split is searched for the same", /split=sample&find=dog/.test(page.url()));
  await page.close();
}

/** Shards that cannot be read are said, by lists and by searches. */
async function searchBroken() {
  const page = await open({ ...WIDE, colorScheme: "dark" }, "/?split=broken&find=dog");
  await says(page, "samples with “dog”");
  const faults = await page.$$eval(
    "#faults li",
    (all) => all.map(({ textContent }) => textContent),
  );
  check(
    "a search says which shards it could not read",
    faults.length === 2 && /^captioned-2\.tar: The storage does not have/.test(faults[0]) &&
      /^cut\.tar: /.test(faults[1]) &&
      /^2 shards could not be read/.test(await page.textContent("#faults-title")),
  );
  check("and has searched the others", await shown(page) > 15);
  await page.screenshot({ path: `${folder}/search-dark.png` });
  await page.click("#find-chip");
  await says(page, "samples from captioned-1.tar");
  check("they are gone with the search", !(await page.isVisible("#faults-box")));
  await page.close();
}

/** A search of all samples on a phone. */
async function searchNarrow() {
  const page = await open(NARROW, "/?split=broken&find=dog&where=exif.Make&cmp=any");
  await says(page, "samples with “dog” and exif.Make is there");
  check(
    "a search of all samples fits on a phone",
    await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
  );
  await page.screenshot({ path: `${folder}/search-narrow.png` });
  await page.close();
}

/** Bars of classes, and what they filter. */
async function countClasses() {
  const page = await open(WIDE, "/?split=sample");
  await page.keyboard.press("h");
  await page.waitForSelector("#bars li");
  const bars = page.locator("#bars button");
  check(
    "classes of what is loaded are counted",
    await bars.count() === 9 && count(page, /classes/) === 0,
  );
  await page.selectOption("#counted", "shard");
  await page.waitForFunction(() =>
    document.querySelector("#classes-status").textContent.includes("by its index")
  );
  check(
    "and those of a shard, by one request",
    await bars.count() === 9 && count(page, /\/classes\?/) === 1,
  );
  await page.selectOption("#counted", "split");
  await page.waitForFunction(() =>
    document.querySelector("#classes-status").textContent.includes("by the index of the split")
  );
  check("and those of a split, by another", count(page, /\/classes\?/) === 2);
  const zebra = page.getByRole("button", { name: "zebra, class 340: 4 samples" });
  check("a bar has a name that says it all", await zebra.count() === 1);
  await page.screenshot({ path: `${folder}/classes.png` });
  await zebra.focus();
  await page.keyboard.press("Enter");
  await says(page, "4 samples from sample.tar");
  check(
    "a bar filters",
    await shown(page) === 4 && await zebra.getAttribute("aria-pressed") === "true",
  );
  check("and keeps the focus", await zebra.evaluate((bar) => bar === document.activeElement));
  await page.keyboard.press("Enter");
  await says(page, "38 samples");
  check("once more shows all", !/class=/.test(page.url()));
  const plain = await open(WIDE, "/?split=plain");
  await plain.keyboard.press("h");
  await plain.selectOption("#counted", "split");
  await plain.waitForFunction(() =>
    document.querySelector("#classes-status").textContent.includes("Without an index")
  );
  check(
    "without an index, what is loaded is counted",
    await plain.locator("#bars li").count() === 3,
  );
  await plain.locator("#bars button").first().click();
  await says(plain, "16 of the 48 samples loaded so far match. Without an index");
  check("and filtered", await shown(plain) === 16);
  const split = await open(WIDE, "/?split=captioned");
  await split.keyboard.press("h");
  await split.waitForFunction(() =>
    /No sample/.test(document.querySelector("#classes-status").textContent)
  );
  await split.selectOption("#counted", "split");
  await split.waitForFunction(() =>
    /No sample in 2 shards, by their indexes/.test(
      document.querySelector("#classes-status").textContent,
    )
  );
  check("a split without classes says so", await split.locator("#bars li").count() === 0);
}

/** What the tensor is like, beside the picture. */
async function measureTensor() {
  const page = await open(WIDE, "/?split=sample");
  await page.locator("#samples button").nth(2).click();
  await page.waitForSelector("#tensor-rows tr");
  await page.waitForFunction(() => document.querySelector("#crop").naturalWidth > 0);
  check("a tensor is measured by one request", count(page, /as=statistics/) === 1);
  check(
    "its shape is told",
    /float32 \[3, 224, 224\]/.test(await page.textContent("#tensor-title")),
  );
  const told = await page.$$eval(
    "#tensor-rows tr",
    (rows) =>
      rows.map((row) => [...row.cells].map(({ textContent }) => textContent.replace("−", "-"))),
  );
  const means = await page.evaluate(async () => {
    const response = await fetch("/v1/sample/0/2?as=f32&size=224");
    const values = new Float32Array(await response.arrayBuffer());
    const mean = (part) => part.reduce((sum, value) => sum + value, 0) / part.length;
    const plane = values.length / 3;
    return [
      mean(values),
      ...[0, 1, 2].map((i) => mean(values.subarray(i * plane, (i + 1) * plane))),
    ];
  });
  check(
    "its means are those of the tensor",
    told.every((row, i) => row[3] === means[i].toFixed(4)),
  );
  check("its rows are channels", told.map(([name]) => name).join() === "all,red,green,blue");
  const [crop, tensor] = await Promise.all(
    ["#crop", "#tensor"].map((id) => page.locator(id).boundingBox()),
  );
  check(
    "it stands beside the picture",
    tensor.x >= crop.x + crop.width && Math.abs(tensor.y - crop.y) < 40,
  );
  await page.screenshot({ path: `${folder}/tensor.png` });
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() =>
    /croquet/.test(document.querySelector("#view-title").textContent)
  );
  await page.getByRole("button", { name: "Previous sample" }).click();
  check("buttons go on, too", page.url().includes("open=0-2"));
}

/** Whatever can be reached has a name and a role, as a screen reader is told it. */
async function nameAll() {
  const page = await open({ ...WIDE, reducedMotion: "reduce" }, "/?split=captioned&key=0");
  const session = await page.context().newCDPSession(page);
  const listUnnamed = async () => {
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    const roles =
      /^(button|link|textbox|searchbox|combobox|dialog|image|img|search|navigation|group|table|region|list)$/;
    return nodes.filter(({ ignored, role, name }) =>
      !ignored && roles.test(role?.value) && !name?.value
    )
      .map(({ role }) => role.value).filter((role) => role !== "list");
  };
  const lists = await listUnnamed();
  check(`all has a name in the list: ${lists[0] ?? "yes"}`, lists.length === 0);
  check("nothing moves", await page.evaluate(() => document.getAnimations().length === 0));
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  check(
    "the first Tab skips to the samples",
    await page.evaluate(() => document.activeElement.closest("#samples") !== null),
  );
  await page.keyboard.press("Enter");
  await page.waitForSelector("#tensor-rows tr");
  const views = await listUnnamed();
  check(`all has a name in the view: ${views[0] ?? "yes"}`, views.length === 0);
  check(
    "the focus is in the view",
    await page.evaluate(() => document.activeElement.id === "view-close"),
  );
}

/** On a phone: filters, bars and a sample. */
async function lookNarrow() {
  const page = await open({ ...NARROW, colorScheme: "dark" }, "/?split=captioned&q=dog");
  const fits = () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  check("filters fit on a phone", await fits());
  await page.screenshot({ path: `${folder}/narrow-dark.png` });
  await page.selectOption("#split", "sample");
  await page.click("#clear");
  await page.click("summary");
  await page.waitForSelector("#bars li");
  check("so do bars", await fits());
  await page.locator("#samples button").first().click();
  await page.waitForSelector("#tensor-rows tr");
  const overflows = () =>
    page.$eval("#view", ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
  check("so does a sample", await fits() && !await overflows());
  await page.screenshot({ path: `${folder}/narrow-view.png` });
  await page.setViewportSize({ width: 320, height: 640 });
  check("and on the narrowest", await fits() && !await overflows());
}
