import "./styles/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/ground.css";
import { applyLook } from "./lib/look";

/** Milliseconds until the program runs although nothing was drawn: a window that is not shown draws nothing. */
const AT_LATEST = 100;

applyLook();
// The frame first, then the program: reading it would hold the first paint back.
const drawn = new Promise<void>((resolve) => {
  requestAnimationFrame(() => setTimeout(resolve));
  setTimeout(resolve, AT_LATEST);
});
void drawn.then(() => import("./start"));
