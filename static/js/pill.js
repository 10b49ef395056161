/**
 * What comes in above while somebody reads further down: nothing moves, and a button says how many there are.
 * Browsers anchor what is being read by themselves; where one does not, the page is moved along.
 */

const pill = document.getElementById("pill");
const anchors = CSS.supports("overflow-anchor", "auto");
let waiting = 0;

/**
 * Put a row in at the top.
 * @param {HTMLElement} list
 * @param {() => boolean} insert returns whether it did
 * @returns {boolean} the same
 */
export function insertAbove(list, insert) {
  const above = list.getBoundingClientRect().top < 0;
  const before = document.documentElement.scrollHeight;
  if (!insert()) return false;
  if (above) {
    if (!anchors) scrollBy(0, document.documentElement.scrollHeight - before);
    count(waiting + 1);
  }
  return true;
}

function count(number) {
  waiting = number;
  pill.hidden = number === 0;
  pill.textContent = `${number} new`;
}

pill.addEventListener("click", () => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  count(0);
  document.getElementById("messages-title").scrollIntoView({ behavior: calm ? "instant" : "smooth" });
});

addEventListener(
  "scroll",
  () => waiting && document.getElementById("messages").getBoundingClientRect().top >= 0 && count(0),
  { passive: true },
);
