/**
 * The page's style sheet: the gallery's, and what the gallery does not have.
 *
 * @module
 */
import { GALLERY_STYLE } from "../edge/gallery/style.ts";

/** The style sheet. */
export const INSPECT_STYLE = `${GALLERY_STYLE}
[hidden] { display: none !important; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
header a { color: var(--accent); }
main { max-width: 90rem; margin: 0 auto; }
main section { margin-bottom: 1.6rem; }
main h2 { margin: 0 0 .5rem; }
.hint { color: var(--faint); margin: .3rem 0; }
.button { display: inline-block; font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; padding: .3rem .8rem; cursor: pointer; }
.unseen:focus-visible + .button { outline: 2px solid var(--accent); outline-offset: 2px; }
#drop { border: 2px dashed var(--line); border-radius: 10px; padding: 1.6rem 1rem; text-align: center; background: var(--card); }
#drop p { margin: .35rem 0; }
#drop.over { border-color: var(--accent); }
#address-form { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: .8rem 0 0; }
#address { flex: 1 1 16rem; max-width: none; min-width: 0; }
progress { width: 100%; height: .55rem; accent-color: var(--accent); }
#status { margin: .4rem 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
#status.bad, #verify-status.bad { color: var(--bad); }
.buttons { display: flex; flex-wrap: wrap; gap: .6rem; margin: .5rem 0; }
#problem-list, #findings { list-style: none; margin: 0; padding: 0; max-height: 24rem; overflow-y: auto; }
#problem-list li, #findings li { border-left: 3px solid var(--bad); padding: .35rem .8rem; margin: 0 0 .5rem; background: var(--card); overflow-wrap: anywhere; }
#problem-list .advice, #findings .where { color: var(--faint); display: block; }
#shard-list { list-style: none; margin: 0; padding: 2px; max-height: 17rem; overflow-y: auto; }
#shard-list li { display: grid; grid-template-columns: minmax(0, 1fr) 13rem 12rem auto; gap: .2rem .9rem; align-items: center; padding: .2rem 0;
  border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
#shard-list .choose { max-width: none; text-align: left; border: 0; background: none; color: var(--accent); overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
#shard-list .choose[aria-pressed="true"] { color: var(--text); font-weight: 700; background: var(--card); box-shadow: inset 3px 0 var(--accent); }
#shard-list .state { color: var(--faint); }
#shard-list .bad { color: var(--bad); }
#shard-list .close { border: 0; background: none; color: var(--faint); }
#add-box { display: inline-flex; margin-left: .6rem; }
td a { color: var(--accent); }
#cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .8rem; margin: 0 0 1.4rem; }
#cards div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .6rem .8rem; display: flex; flex-direction: column-reverse; }
#cards dt { color: var(--faint); font-weight: 400; }
#cards dd { color: var(--text); font-size: 1.2rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
#tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 1.6rem 2.4rem; }
#tables > div { min-width: 0; }
.scroll { overflow-x: auto; margin-bottom: 1.2rem; }
.scroll.tall { max-height: 26rem; overflow-y: auto; margin-bottom: .4rem; }
#fields td, #fields th, .scroll thead th { padding: .2rem .9rem .2rem 0; white-space: nowrap; }
.scroll table { margin: 0; }
#fields td, .scroll thead th:not(:first-child) { text-align: right; }
#fields th { color: var(--text); }
.bars { list-style: none; margin: 0; padding: 0; }
.bars li { display: grid; grid-template-columns: 8.2rem 1fr 5rem; gap: .7rem; align-items: center; font-variant-numeric: tabular-nums; }
.bars span { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.bars .count { text-align: right; padding-right: .3rem; }
.bars svg { display: block; width: 100%; height: .8rem; }
.bars svg rect { fill: var(--accent); }
.bars button { text-align: left; border: 0; background: none; color: var(--accent); padding: .05rem .2rem; }
.bars button[aria-pressed="true"] { font-weight: 700; }
#by-count { padding: 0; }
#samples canvas, #samples .none { display: block; width: 100%; height: auto; aspect-ratio: 1; background: var(--line); }
#samples .none { display: grid; box-sizing: border-box; min-height: 0; place-items: center; padding: .6rem; color: var(--faint); font-size: .8rem; text-align: center; overflow: hidden; overflow-wrap: anywhere; }
#view-picture canvas { display: block; max-width: 100%; height: auto; border-radius: 6px; }
#view-picture p { color: var(--bad); margin: 0; overflow-wrap: anywhere; }
#view-fields pre { margin: .2rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 14rem; overflow-y: auto; font: .85rem/1.4 ui-monospace, monospace; }
@media (prefers-reduced-motion: no-preference) { #drop { transition: border-color .15s; } }
@media (forced-colors: active) { .bars svg rect { fill: CanvasText; } #drop.over { border-style: solid; } }
@media (max-width: 480px) {
  .bars li { grid-template-columns: 8.2rem 1fr 3.5rem; }
  #drop { padding: 1rem .6rem; }
  #shard-list li { grid-template-columns: minmax(0, 1fr) auto; }
  #shard-list .choose { grid-row: 1; grid-column: 1; }
  #shard-list .close { grid-row: 1; grid-column: 2; }
  #shard-list .state, #shard-list .faults { grid-column: 1 / -1; padding-left: .6rem; }
  #shard-list .faults:empty { display: none; }
  nav { flex-wrap: wrap; }
}
`;
