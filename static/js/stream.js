/** Server-sent events, for where no socket gets through. */

import { takePlace } from "./place.js";
import { watchSilence } from "./silence.js";

const BEGINS_WITHIN = 10_000;

/**
 * @param {object} options
 * @param {() => string} options.address asked for at each start, for the cursor in it
 * @param {(frame: object) => void} options.onFrame
 * @param {() => void} options.onChange `isOpen` is another one
 * @returns {{isOpen: boolean, start: () => void, look: () => void, stop: () => void}} `start` waits for its turn
 */
export function eventStream({ address, onFrame, onChange }) {
  let source = null;
  let giveBack = null;
  let works = false; // events did come through, once
  const silence = watchSilence(() => {
    stop();
    if (works) start(); // also when it had got another dead connection, of those that the browser keeps
  });
  const stream = { isOpen: false, start, look: silence.look, stop };

  function start() {
    giveBack ??= takePlace(open);
  }

  function open() {
    const opening = new EventSource(address());
    source = opening;
    silence.heard(BEGINS_WITHIN);
    opening.onmessage = (event) => {
      if (source !== opening) return;
      silence.heard();
      works = true;
      change(true);
      onFrame(JSON.parse(event.data));
    };
    opening.onerror = () => {
      if (source !== opening) return;
      if (stream.isOpen && opening.readyState === EventSource.CONNECTING) change(false); // it comes back by itself, once
      else stop();
    };
  }

  function stop() {
    silence.stop();
    source?.close();
    source = null;
    giveBack?.();
    giveBack = null;
    change(false);
  }

  function change(open) {
    if (stream.isOpen === open) return;
    stream.isOpen = open;
    onChange();
  }

  return stream;
}
