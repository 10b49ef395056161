import { createHash, randomUUID } from "node:crypto";

// https://www.nanpa.com/numbering/555-line-numbers: 555-0100 to 555-0199 of each area are kept for fiction
const AREAS = [212, 213, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 808, 907, 917];
const NUMBERS = AREAS.flatMap((area) =>
  Array.from({ length: 100 }, (_, n) => `+1${area}55501${String(n).padStart(2, "0")}`),
);

/** Numbers that no phone has, one after the other; those of the processes of a run never meet. */
export class PhoneNumbers {
  #next;
  #step;

  /** `run` is the same in all `processes` of a run, and `place` another in each. */
  constructor({ run = randomUUID(), place = 0, processes = 1 } = {}) {
    this.#next = createHash("sha256").update(run).digest().readUInt32BE() + place;
    this.#step = processes;
  }

  next() {
    const number = NUMBERS[this.#next % NUMBERS.length];
    this.#next += this.#step;
    return number;
  }
}
