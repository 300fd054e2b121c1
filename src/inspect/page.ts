/**
 * The page's document.
 *
 * @module
 */
/** The document: places for what the script finds out, which only ever becomes text. */
export const INSPECT_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>wdstream inspect</title>
<link rel="stylesheet" href="/inspect/style.css">
<script type="module" src="/inspect/src/inspect/page/main.ts"></script>
</head>
<body>
<header>
  <h1>wdstream inspect</h1>
  <a id="gallery" href="/">Gallery</a>
  <button id="help-button" type="button" aria-haspopup="dialog">Keys</button>
</header>
<main>
  <section id="open" aria-label="Open a shard">
    <div id="drop">
      <p>Drop a <b>.tar</b> or <b>.tar.gz</b> here, or several, of any size, or</p>
      <p><input id="file" class="unseen" type="file" multiple accept=".tar,.gz,.tgz,application/x-tar,application/gzip"><label class="button" for="file">Choose files…</label> <label id="add-box" hidden><input id="add" type="checkbox"> beside those that are open</label></p>
    </div>
    <form id="address-form">
      <label for="address">or addresses</label>
      <input id="address" type="text" inputmode="url" autocomplete="off" autocapitalize="off" spellcheck="false" placeholder="https://host/train-{0000..0007}.tar">
      <button type="submit">Open</button>
    </form>
    <p class="hint">Shows fields, sizes, classes and pictures, and what is wrong. Files stay on this machine: this page reads them, and only the parts that it needs.</p>
  </section>
  <p id="announce" class="unseen" role="status" aria-live="polite"></p>
  <section id="shards" aria-labelledby="shards-title" hidden>
    <h2 id="shards-title">Shards</h2>
    <p id="shards-sum" class="hint"></p>
    <ul id="shard-list" aria-labelledby="shards-title"></ul>
  </section>
  <section id="progress" aria-label="Progress" hidden>
    <h2 id="name"></h2>
    <progress id="bar" aria-labelledby="status"></progress>
    <p id="status"></p>
    <p class="buttons">
      <button id="stop" type="button" hidden>Stop</button>
      <button id="continue" type="button" hidden>Go on</button>
      <button id="whole" type="button" hidden>Read all of it</button>
    </p>
  </section>
  <section id="problems" aria-labelledby="problems-title" hidden>
    <h2 id="problems-title">Problems</h2>
    <ul id="problem-list"></ul>
  </section>
  <section id="results" aria-label="What is in it" hidden>
    <dl id="cards"></dl>
    <div id="tables">
      <div>
        <h2 id="fields-title">Fields</h2>
        <div class="scroll" tabindex="0" role="region" aria-labelledby="fields-title"><table>
          <thead><tr><th scope="col">Field</th><th scope="col">Samples</th><th scope="col">All</th><th scope="col">Least</th><th scope="col">Mean</th><th scope="col">Most</th></tr></thead>
          <tbody id="fields"></tbody>
        </table></div>
        <h2 id="sizes-title">Bytes of a sample</h2>
        <ul id="sizes" class="bars" aria-labelledby="sizes-title"></ul>
      </div>
      <div id="classes-box" hidden>
        <div class="bar"><h2 id="classes-title">Classes</h2><label><input id="by-count" type="checkbox"> most samples first</label></div>
        <div class="scroll tall" role="region" aria-labelledby="classes-title"><ul id="classes" class="bars"></ul></div>
        <p id="classes-note" class="hint"></p>
      </div>
    </div>
  </section>
  <section id="verify" aria-labelledby="verify-title" hidden>
    <h2 id="verify-title">Verify</h2>
    <p id="verify-hint" class="hint"></p>
    <p class="buttons"><button id="verify-start" type="button">Verify</button><button id="verify-stop" type="button" hidden>Cancel</button></p>
    <progress id="verify-bar" aria-labelledby="verify-status" hidden></progress>
    <p id="verify-status"></p>
    <ul id="findings"></ul>
  </section>
  <section id="listing" aria-labelledby="samples-title" hidden>
    <div class="bar"><h2 id="samples-title">Samples</h2><button id="all-classes" type="button" hidden>All classes</button></div>
    <p id="list-status" class="hint"></p>
    <ul id="samples" aria-labelledby="samples-title"></ul>
    <nav aria-label="Pages">
      <button id="previous" type="button" disabled>← Previous</button>
      <button id="next" type="button" disabled>Next →</button>
      <label>From sample <input id="from" inputmode="numeric" pattern="[0-9]*" size="9" maxlength="12"></label>
    </nav>
  </section>
</main>
<dialog id="view" aria-labelledby="view-title">
  <div class="bar"><h2 id="view-title"></h2><button id="view-close" type="button" aria-label="Close">✕</button></div>
  <div id="view-picture"></div>
  <table><tbody id="view-fields"></tbody></table>
</dialog>
<dialog id="help" aria-labelledby="help-title">
  <div class="bar"><h2 id="help-title">Keys</h2><button id="help-close" type="button" aria-label="Close">✕</button></div>
  <dl>
    <dt>o</dt><dd>choose files</dd>
    <dt>/</dt><dd>addresses</dd>
    <dt>[ ]</dt><dd>another shard of those that are open</dd>
    <dt>← → ↑ ↓</dt><dd>another sample</dd>
    <dt>↑ ↓</dt><dd>in the classes: another class</dd>
    <dt>Enter</dt><dd>look at it, or at the class alone</dd>
    <dt>Escape</dt><dd>back to the samples</dd>
    <dt>n, p</dt><dd>next, previous page</dd>
    <dt>?</dt><dd>these keys</dd>
  </dl>
</dialog>
<noscript>This page takes JavaScript.</noscript>
</body>
</html>
`;
