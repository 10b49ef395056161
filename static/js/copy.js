/** Buttons with `data-copy` put that text on the clipboard and say so. */

import { word } from "./words.js";

const SAID_FOR = 2_000;
const labels = new WeakMap(); // what a button says at other times: each has its own

/** @param {(text: string) => void} announce tells screen readers */
export function enableCopying(announce) {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const copied = await copy(button.dataset.copy);
    announce(word(copied ? "copied" : "could_not_copy"));
    sayOn(button, word(copied ? "copied" : "not_copied"));
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyTheOldWay(text); // no clipboard on plain http, or not allowed
  }
}

function copyTheOldWay(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  const focused = document.activeElement;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return copied;
}

function sayOn(button, text) {
  const verb = button.querySelector(".verb");
  if (!labels.has(verb)) labels.set(verb, verb.textContent);
  verb.textContent = text;
  button.classList.add("said");
  setTimeout(() => {
    verb.textContent = labels.get(verb);
    button.classList.remove("said");
  }, SAID_FOR);
}
