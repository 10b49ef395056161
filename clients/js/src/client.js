import { Connection, given } from "./connection.js";
import { NoCode } from "./errors.js";

/** A server with numbers. */
export class Client {
  #connection;

  constructor({ url, key = "" }) {
    this.#connection = new Connection({ url, key });
  }

  get url() {
    return this.#connection.url;
  }

  async numbers(filters = {}) {
    return (await this.#connection.send("GET", "/numbers", { query: filters })).numbers;
  }

  async rent({ purpose, seconds = 600, coolDown, ...wanted }) {
    const body = given({ purpose, seconds, cool_down: coolDown, ...wanted });
    return this.#connection.send("POST", "/rentals", { body });
  }

  async end(rental) {
    return this.#connection.send("DELETE", `/rentals/${idOf(rental)}`);
  }

  async rented(options, run) {
    const rental = await this.rent(options);
    let result;
    try {
      result = await run(rental);
    } catch (error) {
      await this.end(rental).catch(() => {}); // it ends by itself, and this error is the one to see
      throw error;
    }
    await this.end(rental);
    return result;
  }

  async claimed(number, { from, match, timeout = 120_000 }, run) {
    const ttl = Math.max(1, Math.ceil(timeout / 1000));
    const body = given({ number, from, match, require: "code", ttl });
    const claim = await this.#connection.send("POST", "/claims", { body });
    try {
      return await run(claim);
    } finally {
      await this.#connection.send("DELETE", `/claims/${claim.id}`).catch(() => {}); // it ends by itself
    }
  }

  async messages(inbox, filters = {}) {
    const place = typeof inbox === "string" ? `numbers/${inbox}` : `rentals/${idOf(inbox)}`;
    return (await this.#connection.send("GET", `/${place}/messages`, { query: filters })).messages;
  }

  async waitForCode(inbox, { timeout = 60_000, from, match } = {}) {
    // ids of claims are texts, those of rentals numbers
    const isClaim = typeof inbox?.id === "string";
    const path = isClaim ? `/claims/${inbox.id}/wait` : `/rentals/${idOf(inbox)}/messages/wait`;
    const filters = isClaim ? {} : { from, match, require: "code" };
    let seen = [];
    const code = await this.#connection.wait(
      timeout,
      (lasts, until) => {
        const query = { ...filters, timeout: lasts / 1000 };
        return this.#connection.send("GET", path, { query, lasts, until });
      },
      (answer) => {
        if (answer.seen.length) seen = answer.seen;
        return answer.message?.code;
      },
    );
    if (code) return code.value;
    throw new NoCode(timeout, seen.map((message) => message.body ?? ""));
  }
}

function idOf(rental) {
  return typeof rental === "number" ? rental : rental.id;
}
