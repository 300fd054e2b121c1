// JavaScript, because neither bundlers nor npm's copies of this package know a worker by a `.ts` name.
import "./resize_main.ts";
