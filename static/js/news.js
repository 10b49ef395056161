/** Says what is new: politely to screen readers, and as a count in the title of a hidden tab. */

import { word } from "./words.js";

const TOGETHER = 300; // messages of one burst are announced as one
const COUNT = /^\(\d+\) /;
const announcer = document.getElementById("announcer");
const listeners = [];
let senders = [];
let loud = []; // of them, those that listeners are told of
let unread = 0;
let timer = 0;

/** @param {string} text */
export function announce(text) {
  announcer.textContent = text;
}

/** @param {(text: string) => void} listener is told what is announced of new messages */
export function onNews(listener) {
  listeners.push(listener);
}

/**
 * @param {HTMLElement} row a message that has just been shown
 * @param {boolean} isLoud whether listeners are told of it as well
 */
export function messageArrived(row, isLoud) {
  const sender = row.querySelector(".sender").cloneNode(true);
  for (const code of sender.querySelectorAll(".sealed")) code.remove(); // a notification may outlive it
  const name = sender.textContent.trim();
  senders.push(name);
  if (isLoud) loud.push(name);
  clearTimeout(timer);
  timer = setTimeout(announceSenders, TOGETHER);
  if (document.hidden) document.title = `(${++unread}) ${document.title.replace(COUNT, "")}`;
}

function announceSenders() {
  announce(textFor(senders));
  if (loud.length) for (const listener of listeners) listener(textFor(loud));
  senders = [];
  loud = [];
}

function textFor(names) {
  return names.length === 1 ? word("new_from", { sender: names[0] }) : word("new_messages", { count: names.length });
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  document.title = document.title.replace(COUNT, "");
});
