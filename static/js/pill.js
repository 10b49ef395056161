/**
 * What comes in above while somebody reads further down: nothing moves, and a button says how many there are.
 * Browsers anchor what is being read by themselves; where one does not, the page is moved along.
 */

import { word } from "./words.js";

const pill = document.getElementById("pill");
const title = document.getElementById("messages-title");
const anchors = CSS.supports("overflow-anchor", "auto");
let isAbove = false; // asked of an observer: asking the page itself would have it laid out for every message
let waiting = 0;

/**
 * Put a row in at the top.
 * @param {() => boolean} insert returns whether it did
 * @returns {boolean} the same
 */
export function insertAbove(insert) {
  const before = isAbove && !anchors ? document.documentElement.scrollHeight : 0;
  if (!insert()) return false;
  if (before) scrollBy(0, document.documentElement.scrollHeight - before);
  if (isAbove) count(waiting + 1);
  return true;
}

function count(number) {
  waiting = number;
  pill.hidden = number === 0;
  pill.textContent = word("new", { count: number });
}

pill.addEventListener("click", () => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  count(0);
  title.focus({ preventScroll: true });
  title.scrollIntoView({ behavior: calm ? "instant" : "smooth" });
});

// what is still below counts as in sight: who jumps past the title is told of as well
new IntersectionObserver(
  (entries) => {
    isAbove = !entries.at(-1).isIntersecting;
    if (!isAbove && waiting) count(0);
  },
  { rootMargin: "0px 0px 10000000px" },
).observe(title);
