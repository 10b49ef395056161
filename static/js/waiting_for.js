/** Which message a visitor waits for: words, or a number, that its sender or its text must have. */

const field = document.getElementById("waiting-for");
const HIDDEN = "•"; // a digit that strangers don't see

/** @returns {boolean} whether not just any message is waited for */
export function isChoosy() {
  return letters(field.value) !== "";
}

/**
 * @param {HTMLElement} row a message
 * @returns {boolean} whether it is what is waited for
 */
export function isAwaited(row) {
  const wanted = letters(field.value);
  return [".sender", ".text"].some((part) => holds(letters(row.querySelector(part)?.textContent ?? ""), wanted));
}

/** Only letters and digits count: +1 415-555-0100 is (415) 5550100. */
function letters(text) {
  return text.normalize("NFKC").toLocaleLowerCase().replace(/[^\p{L}\p{M}\p{N}•]/gu, "");
}

function holds(text, wanted) {
  const [there, sought] = [[...text], [...wanted]];
  const fits = (start) => sought.every((letter, place) => there[start + place] === letter || isHidden(letter, there[start + place]));
  return there.some((_, start) => fits(start)) || sought.length === 0;
}

function isHidden(letter, there) {
  return there === HIDDEN && /\p{N}/u.test(letter);
}
