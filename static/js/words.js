/** Words in the page's language: the server writes them into the page, for rows that come live and for what scripts say. */

const { lang } = document.documentElement;
const words = JSON.parse(document.getElementById("words").textContent);
const plurals = new Intl.PluralRules(lang);

/**
 * @param {string} key of inbox/live/browser_words.py
 * @param {Record<string, string | number>} values that stand in it; `count` chooses the plural
 * @returns {string}
 */
export function word(key, values = {}) {
  const found = words[key];
  const text = typeof found === "string" ? found : (found[plurals.select(values.count)] ?? Object.values(found)[0]);
  return text.replace(/%\((\w+)\)[sd]/g, (_, name) => values[name]);
}

/**
 * Rows come in English; a word that this page does not know, from a server newer than it, stays so.
 * @param {ParentNode} row
 */
export function putWords(row) {
  if (lang === "en") return;
  for (const element of row.querySelectorAll("[data-word]")) {
    if (words[element.dataset.word]) element.textContent = word(element.dataset.word, { count: Number(element.dataset.count) });
  }
  for (const element of row.querySelectorAll("[data-label-word]")) {
    element.setAttribute("aria-label", word(element.dataset.labelWord));
  }
}
