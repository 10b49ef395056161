/** The rows on the page: newest first by id, each id once, at most `limit`; `MOST` once older ones were asked for. */

const MOST = 500; // of which inbox.messages.queries tells a page whether they are still shown

/** Milliseconds by which an answer may be older than its question: caches hold pages and polls (inbox/pages/caching.py). */
export const HELD = 2_000;

export class MessageList {
  #gone = new Map(); // taken off by the server, and when: a frame that is late must not bring one back
  #came = new WeakMap(); // when rows were put here, which an answer from a cache may not know yet

  /**
   * @param {HTMLOListElement} element
   * @param {number} limit
   * @param {() => void} onCut the oldest rows made room for new ones
   */
  constructor(element, limit, onCut = () => {}) {
    this.element = element;
    this.limit = limit;
    this.onCut = onCut;
  }

  /** @returns {HTMLLIElement[]} */
  get rows() {
    return [...this.element.children];
  }

  /** @returns {number[]} newest first */
  get ids() {
    return this.rows.map(idOf);
  }

  /** @returns {number} the highest id, the cursor to go on from; 0 when empty */
  get newest() {
    const first = this.element.firstElementChild;
    return first ? idOf(first) : 0;
  }

  /** @returns {number} the lowest id; 0 when empty */
  get oldest() {
    const last = this.element.lastElementChild;
    return last ? idOf(last) : 0;
  }

  get isExtended() {
    return this.limit >= MOST;
  }

  get isFull() {
    return this.element.children.length >= MOST;
  }

  /** Make room for older rows. */
  extend() {
    this.limit = MOST;
  }

  /** @param {number} id */
  find(id) {
    return document.getElementById(`m${id}`);
  }

  /**
   * Put a row in its place.
   * @param {HTMLLIElement} row
   * @returns {boolean} whether it was new and had a place
   */
  insert(row) {
    const id = idOf(row);
    if (this.#gone.has(id) || this.find(id)) return false;
    const older = this.rows.find((other) => idOf(other) < id);
    if (!older && this.element.children.length >= this.limit) return false;
    this.#came.set(row, performance.now());
    this.element.insertBefore(row, older ?? null);
    if (this.element.children.length > this.limit) this.#cut();
    return true;
  }

  /** @param {number} id */
  remove(id) {
    this.find(id)?.remove();
  }

  /** @param {number} id @returns {boolean} whether it is on the page, or must not be */
  knows(id) {
    return this.#gone.has(id) || this.find(id) !== null;
  }

  /**
   * Take off what the server no longer shows.
   * @param {number[]} ids what was on the page when it was asked
   * @param {Set<number>} kept what it shows
   * @param {number} asked when it was asked, as performance.now()
   */
  retain(ids, kept, asked) {
    const gone = ids.filter((id) => !kept.has(id) && !(this.#came.get(this.find(id)) > asked - HELD));
    gone.forEach((id) => this.remove(id));
  }

  /** @param {number} id withheld: not to be shown again */
  forbid(id) {
    this.#gone.set(id, performance.now());
    this.remove(id);
  }

  /**
   * What the server shows may be shown again.
   * @param {number[]} ids
   * @param {number} asked when the server was asked, as performance.now()
   */
  allow(ids, asked = Infinity) {
    ids.filter((id) => this.#gone.get(id) < asked - HELD).forEach((id) => this.#gone.delete(id));
  }

  #cut() {
    while (this.element.children.length > this.limit) this.element.lastElementChild.remove();
    this.onCut();
  }

  clear() {
    this.element.replaceChildren();
  }
}

function idOf(row) {
  return Number(row.dataset.id);
}
