/** From the moment the number is copied until a message arrives: how long it has been, and what to do after a while. */

import { now } from "./clock.js";
import { announce } from "./news.js";
import { isAwaited, isChoosy } from "./waiting_for.js";
import { word } from "./words.js";

const PATIENCE = 60; // seconds
const panel = document.getElementById("waiting");
const clock = document.getElementById("waited");
const advice = document.getElementById("advice");
let since = 0;
let timer = 0;

/** Begin to wait, or begin anew. */
function start() {
  since = now();
  panel.hidden = false;
  advice.hidden = true;
  announce(word("waiting"));
  clearInterval(timer);
  timer = setInterval(tick, 1_000);
  tick();
}

/**
 * The wait is over if this is the message that is waited for; among those of strangers it is marked.
 * @param {HTMLElement} row a message that has just been shown
 * @returns {boolean} whether it may be heard of: while only certain messages are waited for, the others come in silence
 */
export function endWaitWith(row) {
  if (panel.hidden) return true;
  if (!isAwaited(row)) return false;
  row.classList.toggle("awaited", isChoosy());
  stopWaiting();
  return true;
}

function stopWaiting() {
  clearInterval(timer);
  panel.hidden = true;
}

function tick() {
  const seconds = Math.floor((now() - since) / 1_000);
  clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  if (seconds < PATIENCE || !advice.hidden) return;
  advice.hidden = false;
  announce(word("advice"));
}

document.addEventListener("visibilitychange", () => panel.hidden || tick()); // a hidden tab's clock may have slept
document.querySelector(".tools").addEventListener("click", (event) => event.target.closest("button[data-copy]") && start());
panel.querySelector("button").addEventListener("click", stopWaiting);
