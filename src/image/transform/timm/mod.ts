/**
 * The settings of timm's pretrained weights.
 *
 * @module
 */
export { type TimmConfig, timmConfig, timmNames } from "./find.ts";
