/** The rows on the page: newest first by id, each id once, at most `limit`. */

export class MessageList {
  #gone = new Map(); // taken off by the server, and when: a frame that is late must not bring one back

  /**
   * @param {HTMLOListElement} element
   * @param {number} limit
   */
  constructor(element, limit) {
    this.element = element;
    this.limit = limit;
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
    return this.ids[0] ?? 0;
  }

  /** @param {number} id */
  find(id) {
    return this.rows.find((row) => idOf(row) === id);
  }

  /**
   * Put a row in its place.
   * @param {HTMLLIElement} row
   * @returns {boolean} whether it was new and is among the newest
   */
  insert(row) {
    const id = idOf(row);
    if (this.#gone.has(id) || this.find(id)) return false;
    const older = this.rows.find((other) => idOf(other) < id);
    if (!older && this.element.children.length >= this.limit) return false;
    this.element.insertBefore(row, older ?? null);
    while (this.element.children.length > this.limit) this.element.lastElementChild.remove();
    return true;
  }

  /** @param {number} id */
  remove(id) {
    this.find(id)?.remove();
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
    ids.filter((id) => this.#gone.get(id) < asked).forEach((id) => this.#gone.delete(id));
  }

  clear() {
    this.element.replaceChildren();
  }
}

function idOf(row) {
  return Number(row.dataset.id);
}
