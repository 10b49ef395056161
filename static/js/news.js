/** Says what is new: politely to screen readers, and as a count in the title of a hidden tab. */

import { word } from "./words.js";

const TOGETHER = 300; // messages of one burst are announced as one
const title = document.title;
const announcer = document.getElementById("announcer");
let senders = [];
let unread = 0;
let timer = 0;

/** @param {string} text */
export function announce(text) {
  announcer.textContent = text;
}

/** @param {HTMLElement} row a message that has just been shown */
export function messageArrived(row) {
  senders.push(row.querySelector(".sender").textContent.trim());
  clearTimeout(timer);
  timer = setTimeout(announceSenders, TOGETHER);
  if (document.hidden) document.title = `(${++unread}) ${title}`;
}

function announceSenders() {
  const [sender] = senders;
  announce(senders.length === 1 ? word("new_from", { sender }) : word("new_messages", { count: senders.length }));
  senders = [];
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  document.title = title;
});
