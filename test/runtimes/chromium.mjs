// Headless Chromium by playwright, on Node. Without the switches it would ask for hosts of its maker's.
export async function launchChromium(playwright, executablePath) {
  const { chromium } = (await import(playwright)).default;
  return await chromium.launch({
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
}
