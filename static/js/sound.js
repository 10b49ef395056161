/** A short sound with new messages, if asked for. It is made here: nothing is loaded. */

import { Switch } from "./switch.js";

const NOTES = [660, 880]; // Hz
const APART = 0.12; // seconds
const LASTS = 0.25;
const LOUDNESS = 0.15;
let audio = null;
let toggle = null;

/** Show the switch where sounds can be made. */
export function offerSound() {
  if (!window.AudioContext) return;
  toggle = new Switch("sound", () => {
    begin();
    play();
  });
  if (toggle.wasOn) begin();
  for (const gesture of ["click", "keydown"]) addEventListener(gesture, wake);
}

/** Sound, if it is switched on and the browser lets us. */
export function sound() {
  if (toggle?.isOn && audio.state === "running") play();
}

function wake({ target }) {
  if (toggle.isOn && target !== toggle.button) audio.resume(); // the button wakes it by itself
}

function begin() {
  audio ??= new AudioContext();
  audio.onstatechange = () => toggle.isOn && say();
  audio.resume();
  say();
}

/** Browsers keep a page silent until somebody has clicked in it: a switch that was remembered waits for that. */
function say() {
  toggle.show(audio.state === "running" ? "on" : "asleep", true);
}

function play() {
  NOTES.forEach((pitch, n) => {
    const at = audio.currentTime + n * APART;
    const note = new OscillatorNode(audio, { frequency: pitch });
    const loudness = new GainNode(audio, { gain: LOUDNESS });
    loudness.gain.setValueAtTime(LOUDNESS, at);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + LASTS);
    note.connect(loudness).connect(audio.destination);
    note.start(at);
    note.stop(at + LASTS);
  });
}
