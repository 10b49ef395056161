/** The numbers whose pages were looked at last. They are kept in this browser and told to nobody. */

const KEY = "recent";
const MOST = 8;
const DIGITS = /^\d{3,15}$/;

/** Remember the number whose page this is; the page of a private rental has another address and is not kept. */
export function rememberPage() {
  const [, digits] = location.pathname.match(/^\/numbers\/(\d+)\/$/) ?? [];
  if (digits) remember(digits, document.querySelector("h1 bdi").textContent);
}

/**
 * @param {string} digits of E.164, as in addresses
 * @param {string} shown the number as people write it
 */
export function remember(digits, shown) {
  const others = recent().filter((other) => other.digits !== digits);
  try {
    localStorage.setItem(KEY, JSON.stringify([{ digits, shown }, ...others].slice(0, MOST)));
  } catch {
    // storage may be forbidden, or full
  }
}

/** @returns {{digits: string, shown: string}[]} the one looked at last first */
export function recent() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]").filter(({ digits }) => DIGITS.test(digits));
  } catch {
    return []; // storage may be forbidden, or hold what is not ours
  }
}

/** Forget them all. */
export function forget() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // there was nothing, then
  }
}
