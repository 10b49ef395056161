import { Connection, given } from "./connection.js";
import { NoCode, NoMessage } from "./errors.js";
import { PhoneNumbers } from "./fiction.js";

const MESSAGES = "/sandbox/messages";

/** `tempsms sandbox` on this machine, which needs no key, or a project of another server. */
export class Sandbox {
  #connection;
  #project;
  #numbers = new PhoneNumbers();

  constructor({ url = "http://127.0.0.1:8025", key = "", project } = {}) {
    this.#connection = new Connection({ url, key });
    this.#project = project;
  }

  get url() {
    return this.#connection.url;
  }

  addressFor(carrier) {
    return `${this.url}/capture/${carrier}`;
  }

  nextNumber() {
    return this.#numbers.next();
  }

  async project() {
    return this.#connection.send("GET", `/sandbox/projects/${this.#project ?? "default"}`);
  }

  async messages(filters = {}) {
    return (await this.#connection.send("GET", MESSAGES, { query: this.#within(filters) })).messages;
  }

  async message(id) {
    return this.#connection.send("GET", `${MESSAGES}/${id}`);
  }

  async newestId() {
    const [newest] = await this.messages({ limit: 1 });
    return newest?.id ?? 0;
  }

  async clear(filters = {}) {
    return (await this.#connection.send("DELETE", MESSAGES, { query: this.#within(filters) })).deleted;
  }

  async wait({ timeout = 30_000, ...filters } = {}) {
    let seen = [];
    const found = await this.#connection.wait(
      timeout,
      (lasts, until) => {
        const query = this.#within({ ...filters, timeout: lasts / 1000 });
        return this.#connection.send("GET", `${MESSAGES}/wait`, { query, lasts, until });
      },
      (answer) => {
        if (answer.seen.length) seen = answer.seen;
        return answer.message;
      },
    );
    if (found) return found;
    const texts = seen.map((message) => message.body);
    throw filters.require === "code" ? new NoCode(timeout, texts) : new NoMessage(timeout, texts);
  }

  async waitForCode(options = {}) {
    return (await this.wait({ ...options, require: "code" })).code.value;
  }

  async sendInbound({ from, to, body, url, carrier = "twilio" }) {
    const message = given({ project: this.#project, from, to, body, url, carrier });
    return this.#connection.send("POST", "/sandbox/inbound", { body: message });
  }

  #within(filters) {
    return { project: this.#project, ...filters };
  }
}
