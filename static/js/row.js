/** One message row: made from the server's HTML, and blanked when its code expires. */

import { now } from "./clock.js";
import { putWords } from "./words.js";

const BLANK = "••••••";
// the Content-Security-Policy lets no other text become elements
const policy = globalThis.trustedTypes?.createPolicy("rows", { createHTML: (html) => html });

/**
 * @param {string} html the rendered inbox/message.html
 * @returns {HTMLLIElement | null}
 */
export function rowFrom(html) {
  const row = parsed(html).querySelector("li.message");
  return row && adopted(row);
}

/**
 * @param {string} html a whole page of messages
 * @returns {{rows: HTMLLIElement[], next: string}} its rows, and where the page after it is; empty at the end
 */
export function pageFrom(html) {
  const page = parsed(html);
  const rows = [...page.querySelectorAll("#messages > li")].map(adopted);
  return { rows, next: page.querySelector("#older a")?.getAttribute("href") ?? "" };
}

/** The only place where text from the server becomes elements. A parsed document runs no script and loads nothing. */
function parsed(html) {
  return new DOMParser().parseFromString(policy?.createHTML(html) ?? html, "text/html");
}

function adopted(row) {
  putWords(row);
  return document.adoptNode(row);
}

/** @param {HTMLElement} row */
export function hasExpired(row) {
  const expires = Date.parse(row.dataset.codeExpires ?? "");
  return expires <= now();
}

/**
 * Take the code out of a row, and all that the server forgets with it, as the server shows it from now on.
 * @param {HTMLElement} row
 */
export function blank(row) {
  const button = row.querySelector("button[data-copy]");
  const text = row.querySelector(".text");
  const sealed = [...row.querySelectorAll(".text :is(mark, .sealed), .sender .sealed")];
  if (!button && !sealed.length) return;
  for (const piece of sealed) {
    const link = piece.closest("a"); // its address has the code in it
    piece.replaceWith(text.contains(piece) ? BLANK : "•".repeat([...piece.textContent].length));
    link?.replaceWith(...link.childNodes);
  }
  row.normalize();
  button?.closest(".code").remove();
  delete row.dataset.codeExpires;
  addChip(row);
}

function addChip(row) {
  const chips = document.getElementById("code-removed").content.cloneNode(true).firstElementChild;
  const present = row.querySelector(".chips");
  if (present) present.append(...chips.children);
  else row.append(chips);
}
