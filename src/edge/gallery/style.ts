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
main { padding: 1rem 1.2rem 2rem; }
#status { color: var(--faint); margin: 0 0 .8rem; min-height: 1.45em; }
#status.bad { color: var(--bad); }
#samples { list-style: none; margin: 0; padding: 0; display: grid; gap: .8rem;
  grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
#samples button { display: block; width: 100%; max-width: none; padding: 0; overflow: hidden; text-align: left; border-radius: 9px; }
#samples img { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: cover; background: var(--line); }
.caption { padding: .45rem .6rem .55rem; }
.name { font-weight: 600; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.key { color: var(--faint); font-size: .82rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
nav { display: flex; justify-content: center; gap: .8rem; margin-top: 1.2rem; }
dialog { color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.3rem 1.3rem;
  width: min(60rem, calc(100vw - 2rem)); max-height: calc(100vh - 2rem); }
#help { width: min(26rem, calc(100vw - 2rem)); }
dialog::backdrop { background: rgb(0 0 0 / .55); }
.bar { display: flex; gap: 1rem; justify-content: space-between; align-items: start; margin-bottom: .9rem; }
.pictures { display: flex; flex-wrap: wrap; gap: 1.2rem; align-items: flex-start; }
figure { margin: 0; }
figure img { display: block; max-width: 100%; max-height: 24rem; border-radius: 6px; background: var(--line); }
#crop { width: 224px; height: 224px; }
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
  figure img, #view { max-width: 100%; }
}
`;
