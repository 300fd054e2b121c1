/**
 * The gallery's style sheet, as text that the page is served with.
 *
 * @module
 */
/** The gallery's style sheet. */
export const GALLERY_STYLE = `
:root {
  --back: #fbfbfa; --card: #fff; --text: #1c1d1f; --faint: #63666c; --line: #dcdde0; --accent: #1f5fd0; --bad: #b3261e;
  font: 15px/1.45 system-ui, sans-serif; color: var(--text); background: var(--back);
}
@media (prefers-color-scheme: dark) {
  :root { --back: #141518; --card: #1e2024; --text: #e8e9ec; --faint: #a0a4ad; --line: #34373d; --accent: #8ab4ff; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; }
header { display: flex; flex-wrap: wrap; gap: .6rem 1.2rem; align-items: center; padding: .7rem 1.2rem;
  position: sticky; top: 0; background: var(--back); border-bottom: 1px solid var(--line); z-index: 1; }
h1 { font-size: 1.15rem; margin: 0 auto 0 0; letter-spacing: .01em; }
h2 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; }
label { color: var(--faint); display: flex; align-items: center; gap: .45rem; }
select, input, button { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; padding: .3rem .6rem; max-width: 16rem; }
button { cursor: pointer; }
button:disabled { opacity: .45; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
main { padding: .8rem 1.2rem 2rem; }
#skip { position: absolute; left: 1rem; top: -4rem; z-index: 2; padding: .4rem .8rem; background: var(--card); color: var(--accent);
  border: 1px solid var(--line); border-radius: 6px; }
#skip:focus { top: .5rem; }
#filters, #condition, .row { display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: center; }
#condition { gap: .4rem; }
#text { width: 15rem; }
#value { width: 8.5rem; }
#field { max-width: 11rem; }
select:disabled, input:disabled { opacity: .6; }
header a, td a, #faults a { color: var(--accent); }
#search { margin-bottom: .5rem; color: var(--faint); font-variant-numeric: tabular-nums; }
#searched { flex: 0 1 16rem; min-width: 6rem; accent-color: var(--accent); }
#faults-box { border-left: 3px solid var(--bad); padding: .2rem .8rem; margin-bottom: .7rem; background: var(--card); overflow-wrap: anywhere; }
#faults-box h2 { font-size: .95rem; }
#faults { margin: .2rem 0; padding-left: 1.2rem; font-size: .88rem; color: var(--faint); }
#find-chip,
#key-chip { border-color: var(--accent); color: var(--accent); border-radius: 999px; max-width: 100%; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
#scope { color: var(--faint); font-size: .85rem; margin: .45rem 0 .6rem; }
#classes { border: 1px solid var(--line); border-radius: 9px; background: var(--card); margin-bottom: .8rem; }
summary:focus-visible { outline-offset: -2px; }
summary { cursor: pointer; padding: .45rem .8rem; font-weight: 600; border-radius: 9px; }
#classes > :not(summary) { margin: .3rem .8rem .6rem; }
#classes-status { color: var(--faint); font-size: .85rem; }
#bars { list-style: none; padding: 2px; max-height: 19rem; overflow: auto; display: grid; gap: .25rem 1.2rem;
  grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
#bars button { width: 100%; max-width: none; display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 .6rem; text-align: left;
  padding: .2rem .4rem; border-color: transparent; }
#bars button:hover { border-color: var(--line); }
#bars button[aria-pressed=true] { border-color: var(--accent); font-weight: 600; }
.bar-name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bar-count { color: var(--faint); font-variant-numeric: tabular-nums; }
.bar-track { grid-column: 1 / -1; height: .4rem; border-radius: 3px; background: var(--line); overflow: hidden; }
.bar-fill { display: block; height: 100%; background: var(--accent); forced-color-adjust: none; }
#status { color: var(--faint); margin: 0 0 .8rem; min-height: 1.45em; }
#status.bad { color: var(--bad); }
#samples { list-style: none; margin: 0; padding: 0; display: grid; gap: .8rem;
  grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
#samples button { display: block; width: 100%; max-width: none; padding: 0; overflow: hidden; text-align: left; border-radius: 9px; }
.picture { aspect-ratio: 1; background: var(--line); display: grid; place-items: center; color: var(--faint); font-size: .85rem; }
#samples img { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: cover; }
.caption { padding: .45rem .6rem .55rem; }
.name { font-weight: 600; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.said { font-size: .82rem; margin-top: .2rem; overflow: hidden; overflow-wrap: anywhere;
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
.name.long { white-space: normal; overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
.key { color: var(--faint); font-size: .82rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
nav { display: flex; justify-content: center; gap: .8rem; margin-top: 1.2rem; }
dialog { color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.3rem 1.3rem;
  width: min(78rem, calc(100vw - 2rem)); max-height: calc(100vh - 2rem); }
#help { width: min(26rem, calc(100vw - 2rem)); }
dialog::backdrop { background: rgb(0 0 0 / .55); }
.bar { display: flex; gap: 1rem; justify-content: space-between; align-items: start; margin-bottom: .9rem; }
.pictures { display: flex; flex-wrap: wrap; gap: 1.2rem; align-items: flex-start; }
figure { margin: 0; }
figure img { display: block; max-width: 100%; max-height: 24rem; border-radius: 6px; background: var(--line); }
#tensor { min-width: min(21.5rem, 100%); flex: 1 1 21.5rem; }
#tensor h3 { font-size: .95rem; margin: 0; }
#tensor-note { color: var(--faint); font-size: .85rem; margin: .5rem 0 0; }
.numbers { margin-top: .4rem; max-width: 26rem; }
.numbers th, .numbers td { padding: .15rem .5rem .15rem 0; text-align: right; white-space: nowrap; }
.numbers th:first-child { text-align: left; }
blockquote { margin: .9rem 0 0; padding: .1rem 0 .1rem .8rem; border-left: 3px solid var(--accent); overflow-wrap: anywhere;
  white-space: pre-wrap; max-height: 10rem; overflow: auto; }
pre { margin: .3rem 0 0; padding: .5rem .7rem; max-height: 14rem; overflow: auto; background: var(--back); border: 1px solid var(--line);
  border-radius: 6px; font: .85rem/1.4 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.buttons { display: flex; gap: .4rem; flex: none; }
#crop { width: 224px; height: 224px; }
#crop + figcaption { max-width: 224px; }
figcaption { color: var(--faint); font-size: .85rem; margin-top: .35rem; max-width: 24rem; }
table { border-collapse: collapse; margin-top: 1rem; width: 100%; }
th { text-align: left; font-weight: 500; color: var(--faint); padding: .2rem 1.2rem .2rem 0; vertical-align: top; white-space: nowrap; }
td { padding: .2rem 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1.4rem; margin: 0; }
dt { font-weight: 600; } dd { margin: 0; color: var(--faint); }
@media (max-width: 480px) {
  #samples { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  header { position: static; padding: .7rem 1rem; }
  header label { width: 100%; justify-content: space-between; }
  select, input { max-width: 60vw; }
  main { padding: 1rem; }
  header label { order: 1; }
  #text-label { flex: 1 1 auto; width: auto; min-width: 0; }
  #text { flex: 1; max-width: none; width: 0; }
  #condition { display: contents; }
  #condition label { flex: 1 1 100%; }
  #field { flex: 1; max-width: none; min-width: 0; width: 0; }
  #operator, #value { flex: 1 1 40%; min-width: 0; }
  dialog { padding: .9rem; }
  .numbers { font-size: .92rem; }
  .numbers th, .numbers td { padding-right: .35rem; }
  figure img, #view { max-width: 100%; }
}
@media (max-width: 360px) {
  .numbers { font-size: .78rem; }
  .numbers th, .numbers td { padding-right: .2rem; }
}
`;
