/** The first page: links to the numbers looked at last; and while it is empty, the first number that comes. */

import { forget, recent } from "./recent.js";

const LOOK_AGAIN_AFTER = 3_000; // milliseconds

const section = document.getElementById("recent");

function showRecent() {
  const numbers = recent();
  section.hidden = numbers.length === 0;
  section.querySelector("ul").replaceChildren(...numbers.map(entry));
}

/** Whether a number is still live only its page can tell: a link, and nothing else. */
function entry({ digits, shown }) {
  const [item, link, number] = ["li", "a", "bdi"].map((name) => document.createElement(name));
  number.dir = "ltr";
  number.translate = false;
  number.textContent = shown;
  link.href = `/numbers/${digits}/`;
  link.append(number);
  item.append(link);
  return item;
}

section.querySelector("button").addEventListener("click", () => {
  forget();
  showRecent();
  document.getElementById("main").focus();
});
addEventListener("pageshow", (event) => event.persisted && showRecent());
showRecent();
if (document.querySelector("[data-coming]")) setTimeout(() => location.reload(), LOOK_AGAIN_AFTER);
