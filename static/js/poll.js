/** Asks the server again and again what it has. */

import { correctClock } from "./clock.js";

const ANSWERS_WITHIN = 10_000;

/**
 * @param {object} options
 * @param {() => number} options.every milliseconds until the next question
 * @param {() => Promise<void>} options.ask must not fail
 * @returns {{adjust: () => void, now: () => void, soon: (within: number) => void, stop: () => void}} `adjust` when
 *   `every` has changed; `soon` at a random time within so many milliseconds
 */
export function keepAsking({ every, ask }) {
  let timer = 0;
  let last = performance.now();
  let due = Infinity; // at the latest
  let stopped = false;
  let asking = false;
  let askAgain = false; // asked for while an answer was on its way, which may be too old

  async function now() {
    clearTimeout(timer);
    askAgain = asking;
    if (asking || stopped) return;
    asking = true;
    due = Infinity;
    await ask();
    last = performance.now();
    asking = false;
    if (askAgain) now();
    else adjust();
  }

  function adjust() {
    clearTimeout(timer);
    if (!stopped && !asking) timer = setTimeout(now, Math.min(last + every(), due) - performance.now());
  }

  function soon(within) {
    due = Math.min(due, performance.now() + Math.random() * within);
    adjust();
  }

  function stop() {
    stopped = true;
    clearTimeout(timer);
  }

  adjust();
  return { adjust, now, soon, stop };
}

/**
 * @param {string} address
 * @returns {Promise<{frames: object[], ids?: number[]} | null>} null when there was no good answer
 */
export async function question(address) {
  try {
    const answer = await fetch(address, { cache: "no-cache", signal: AbortSignal.timeout(ANSWERS_WITHIN) });
    if (!answer.ok && answer.status !== 410) return null;
    correctClock(answer.headers.get("date"));
    return await answer.json();
  } catch {
    return null; // offline, restarting, or too slow
  }
}
