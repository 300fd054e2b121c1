/**
 * The page to look through samples: one document, without anything from elsewhere.
 *
 * @module
 */
import { GALLERY_SCRIPT } from "./script.ts";
import { GALLERY_STYLE } from "./style.ts";

/** The page. What shards hold comes later, by the script, and only ever as text. */
export function galleryPage(): Response {
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))));
  const policy = [
    "default-src 'none'",
    "img-src 'self'",
    "connect-src 'self'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return new Response(makePage(nonce), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": "private, no-cache",
    },
  });
}

function makePage(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>wdstream gallery</title>
<style nonce="${nonce}">${GALLERY_STYLE}</style>
</head>
<body>
<header>
  <h1>wdstream</h1>
  <label>Split <select id="split"></select></label>
  <label>Shard <select id="shard"></select></label>
  <label>Class <input id="class" inputmode="numeric" pattern="[0-9]*" placeholder="all" size="6" maxlength="6"></label>
  <button id="help-button" type="button" aria-haspopup="dialog">Keys</button>
</header>
<main>
  <p id="status" role="status" aria-live="polite">Loading…</p>
  <ul id="samples" aria-label="Samples"></ul>
  <nav aria-label="Pages">
    <button id="previous" type="button" disabled>← Previous</button>
    <button id="next" type="button" disabled>Next →</button>
  </nav>
</main>
<dialog id="view" aria-labelledby="view-title">
  <div class="bar">
    <h2 id="view-title"></h2>
    <button id="view-close" type="button" aria-label="Close">✕</button>
  </div>
  <div class="pictures">
    <figure><img id="whole" alt=""><figcaption>The image</figcaption></figure>
    <figure><img id="crop" alt="" width="224" height="224"><figcaption>What a model sees: the 224 × 224 crop, exactly</figcaption></figure>
  </div>
  <table><tbody id="facts"></tbody></table>
</dialog>
<dialog id="help" aria-labelledby="help-title">
  <div class="bar"><h2 id="help-title">Keys</h2><button id="help-close" type="button" aria-label="Close">✕</button></div>
  <dl>
    <dt>← → ↑ ↓</dt><dd>another sample</dd>
    <dt>Enter</dt><dd>look at it</dd>
    <dt>Escape</dt><dd>back to the samples</dd>
    <dt>n, p</dt><dd>next, previous page</dd>
    <dt>/</dt><dd>choose a class</dd>
    <dt>?</dt><dd>these keys</dd>
  </dl>
</dialog>
<noscript>This page takes JavaScript.</noscript>
<script nonce="${nonce}">${GALLERY_SCRIPT}</script>
</body>
</html>
`;
}
