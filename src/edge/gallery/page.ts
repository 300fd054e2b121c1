/**
 * The page to look through samples: one document, without anything from elsewhere.
 *
 * @module
 */
import { GALLERY_SCRIPT } from "./script.ts";
import { GALLERY_STYLE } from "./style.ts";

/**
 * The page. What shards hold comes later, by the script, and only ever as text.
 *
 * @param inspectsAt Path of the page that looks into shards, where it is served beside this one.
 */
export function galleryPage(inspectsAt: string | undefined): Response {
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18))));
  const policy = [
    "default-src 'none'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    `style-src 'nonce-${nonce}'`,
    `script-src 'nonce-${nonce}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return new Response(makePage(nonce, inspectsAt), {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": "private, no-cache",
    },
  });
}

function makePage(nonce: string, inspectsAt = ""): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>wdstream gallery</title>
<style nonce="${nonce}">${GALLERY_STYLE}</style>
</head>
<body data-inspect="${inspectsAt}">
<a id="skip" href="#samples">Skip to the samples</a>
<header>
  <h1>wdstream</h1>
  <a id="inspect" href="${inspectsAt}" hidden>Inspect the shard</a>
  <button id="help-button" type="button" aria-haspopup="dialog">Keys</button>
  <label>Split <select id="split"></select></label>
  <label>Shard <select id="shard"></select></label>
  <label>Class <input id="class" inputmode="numeric" pattern="[0-9]*" placeholder="all" size="6" maxlength="6"></label>
</header>
<main>
  <form id="filters" role="search" aria-label="Samples" autocomplete="off">
    <label id="text-label">Search <input id="text" type="search" maxlength="200" placeholder="key, class or caption" aria-describedby="scope"></label>
    <button id="everywhere" disabled>Search all keys</button>
    <span id="condition" role="group" aria-label="Field of the JSON">
      <label>Field <select id="field" disabled><option value="">any</option></select></label>
      <select id="operator" aria-label="Comparison" disabled>
        <option value="is">is</option>
        <option value="not">is not</option>
        <option value="has">contains</option>
        <option value="min">is at least</option>
        <option value="max">is at most</option>
        <option value="any">is there</option>
      </select>
      <input id="value" aria-label="Value" list="values" maxlength="200" placeholder="value" disabled>
      <datalist id="values"></datalist>
    </span>
    <button id="everything" type="button" disabled>Search all samples</button>
    <button id="clear" type="button" disabled>Clear</button>
    <button id="key-chip" type="button" hidden></button>
    <button id="find-chip" type="button" hidden></button>
  </form>
  <p id="scope"></p>
  <details id="classes" aria-label="Classes">
    <summary>Classes</summary>
    <div class="row">
      <label>Count
        <select id="counted">
          <option value="loaded">what is loaded so far</option>
          <option value="shard">this shard, by its index</option>
          <option value="split">the whole split, by its indexes</option>
        </select>
      </label>
      <button id="count-on" type="button" hidden>Count on</button>
      <button id="all-classes" type="button" hidden></button>
    </div>
    <p id="classes-status" role="status"></p>
    <ol id="bars" aria-label="Classes, the commonest first"></ol>
  </details>
  <div id="search" class="row" role="group" aria-label="Search of all samples" hidden>
    <progress id="searched" max="1" aria-labelledby="searched-text"></progress>
    <span id="searched-text"></span>
    <button id="search-stop" type="button">Stop</button>
  </div>
  <section id="faults-box" aria-labelledby="faults-title" hidden>
    <h2 id="faults-title"></h2>
    <ul id="faults"></ul>
  </section>
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
    <span class="buttons">
      <button id="view-previous" type="button" aria-label="Previous sample">←</button>
      <button id="view-next" type="button" aria-label="Next sample">→</button>
      <button id="view-close" type="button" aria-label="Close" autofocus>✕</button>
    </span>
  </div>
  <div class="pictures">
    <figure class="drawn"><img id="whole" alt=""><figcaption>The image</figcaption></figure>
    <figure class="drawn"><img id="crop" alt="" width="224" height="224"><figcaption>What a model sees: the 224 × 224 crop, exactly</figcaption></figure>
    <section id="tensor" aria-labelledby="tensor-title">
      <h3 id="tensor-title"></h3>
      <table class="numbers" aria-labelledby="tensor-title">
        <thead id="tensor-head" hidden>
          <tr><th scope="col">Channel</th><th scope="col">Min</th><th scope="col">Max</th><th scope="col">Mean</th><th scope="col">Std</th></tr>
        </thead>
        <tbody id="tensor-rows"></tbody>
      </table>
      <p id="tensor-note"></p>
    </section>
  </div>
  <div id="captions"></div>
  <table aria-label="What the sample holds"><tbody id="facts"></tbody></table>
</dialog>
<dialog id="help" aria-labelledby="help-title">
  <div class="bar"><h2 id="help-title">Keys</h2><button id="help-close" type="button" aria-label="Close">✕</button></div>
  <dl>
    <dt>← → ↑ ↓</dt><dd>another sample</dd>
    <dt>Enter</dt><dd>look at it</dd>
    <dt>Escape</dt><dd>back to the samples</dd>
    <dt>n, p</dt><dd>next, previous page</dd>
    <dt>/</dt><dd>search</dd>
    <dt>Shift+Enter</dt><dd>search all samples for it</dd>
    <dt>c</dt><dd>choose a class</dd>
    <dt>h</dt><dd>how many samples of each class</dd>
    <dt>?</dt><dd>these keys</dd>
  </dl>
</dialog>
<noscript>This page takes JavaScript.</noscript>
<script nonce="${nonce}">${GALLERY_SCRIPT}</script>
</body>
</html>
`;
}
