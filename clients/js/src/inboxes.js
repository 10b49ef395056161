import { Client } from "./client.js";
import { PhoneNumbers } from "./fiction.js";
import { Sandbox } from "./sandbox.js";

/** Where numbers of tests come from: a server that rents them out if one is named, or a sandbox. */
export function makeSource(options = {}, run = undefined) {
  const key = options.key ?? process.env.TEMPSMS_KEY ?? "";
  const server = options.server ?? (options.sandbox ? "" : process.env.TEMPSMS_SANDBOX ? "" : process.env.TEMPSMS_URL);
  if (server) return new Server(new Client({ url: server, key }), options);
  const url = options.sandbox ?? process.env.TEMPSMS_SANDBOX;
  return new Captured(new Sandbox({ ...(url && { url }), key, project: options.project }), run);
}

class Server {
  constructor(client, { country, seconds = 900, coolDown }) {
    this.client = client;
    this.wanted = { country, seconds, coolDown };
  }

  /** A rented number; `close` gives it back. */
  async open(purpose) {
    const rental = await this.client.rent({ purpose: purpose.slice(-120), ...this.wanted });
    return {
      number: rental.number,
      waitForCode: (options) => this.client.waitForCode(rental, options),
      close: () => this.client.end(rental),
    };
  }
}

class Captured {
  constructor(sandbox, run) {
    this.sandbox = sandbox;
    this.numbers = new PhoneNumbers(run);
  }

  /** A number that nobody else sends to; its messages stay, to be looked at. */
  async open() {
    const number = this.numbers.next();
    const after = await this.sandbox.newestId();
    return {
      number,
      waitForCode: (options) => this.sandbox.waitForCode({ timeout: 60_000, ...options, to: number, after }),
      close: async () => {},
    };
  }
}
