/** A connection may die without a word: the server lets itself be heard every 15 s (inbox/live/hub.py), and silence tells. */

const LONGEST = 35_000;
const LOOKED_EVERY = 5_000;

/**
 * @param {() => void} onSilence is told once, and then nothing is watched until something is heard again
 * @returns {{heard: (longest?: number) => void, look: () => void, stop: () => void}}
 */
export function watchSilence(onSilence) {
  let last = 0; // by the wall clock, which goes on while a laptop sleeps
  let borne = LONGEST;
  let timer = 0;

  function heard(longest = LONGEST) {
    borne = longest;
    last = Date.now();
    timer ||= setInterval(look, LOOKED_EVERY);
  }

  function look() {
    if (!timer || Math.abs(Date.now() - last) < borne) return; // a clock that was set back says nothing: ask anew
    stop();
    onSilence();
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
  }

  return { heard, look, stop };
}
