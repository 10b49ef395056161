import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { ApiError, BadOptions, NoAnswer } from "./errors.js";

const TRIES = 4;
const LONGEST_PAUSE = 30_000;
const LONGEST_WAIT = 50_000; // of one request: proxies give up after 60 seconds
const AGAIN = new Set([429, 502, 503, 504]);

/** Requests to a server: what a busy one puts off is repeated, and nothing is done twice. */
export class Connection {
  constructor({ url, key = "" }) {
    try {
      this.url = new URL(url).href.replace(/\/+$/, "");
    } catch (error) {
      throw new BadOptions(`${JSON.stringify(url)} is not an address like https://sms.example.org`, { cause: error });
    }
    if (!/^https?:/.test(this.url)) throw new BadOptions(`the address must begin with http:// or https://: ${url}`);
    if (!/^[\x21-\x7e]*$/.test(key)) throw new BadOptions("the key has characters that no key has");
    this.headers = key ? { authorization: `Bearer ${key}` } : {};
  }

  /** The answer's JSON; null without any. Nothing is repeated after `until` (milliseconds of `performance.now`). */
  async send(method, path, { query = {}, body, lasts = 0, until = Infinity } = {}) {
    const address = new URL(`${this.url}/api/v1${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null && value !== "") address.searchParams.set(name, value);
    }
    const request = { method, headers: { ...this.headers, accept: "application/json" }, redirect: "manual" };
    if (method === "POST") request.headers["idempotency-key"] = randomUUID();
    if (body !== undefined) {
      request.headers["content-type"] = "application/json";
      request.body = JSON.stringify(body);
    }
    for (let tries = 1; ; tries++) {
      const outcome = await this.#ask(address, request, lasts + 15_000);
      const pause = choosePause(outcome, tries);
      if (pause === null || performance.now() + pause > until) return this.#finish(outcome);
      await sleep(pause);
    }
  }

  /** Ask again and again, each time for as long as one request may last, until `take` finds something. */
  async wait(timeout, ask, take) {
    const until = performance.now() + timeout;
    for (let first = true; ; first = false) {
      const left = Math.max(0, until - performance.now());
      if (!first && !left) return null;
      const found = take(await ask(Math.min(left, LONGEST_WAIT), until));
      if (found) return found;
    }
  }

  async #ask(address, request, timeout) {
    try {
      const response = await fetch(address, { ...request, signal: AbortSignal.timeout(Math.ceil(timeout)) });
      return { response, text: await response.text() };
    } catch (error) {
      return { error };
    }
  }

  #finish({ error, response, text }) {
    if (error) {
      const why = error.name === "TimeoutError" ? "it took too long" : (error.cause?.message ?? error.message);
      throw new NoAnswer(`no answer from ${this.url}: ${why}`, { cause: error });
    }
    let content;
    try {
      content = text ? JSON.parse(text) : null;
    } catch {
      content = undefined;
    }
    if (!response.ok) throw new ApiError(response.status, content ?? {});
    if (content === undefined || (content !== null && typeof content !== "object")) {
      const title = `what answered at ${this.url} is not a tempsms server of a version known here`;
      throw new ApiError(response.status, { title });
    }
    return content;
  }
}

/** Milliseconds after which to ask again; null for what is settled, or was tried often enough. */
function choosePause({ error, response }, tries) {
  if (tries >= TRIES) return null;
  const usual = 500 * 2 ** (tries - 1);
  if (error) return usual;
  const named = response.headers.get("retry-after") ?? "";
  // 409: an earlier try whose answer got lost is still at work
  if (!AGAIN.has(response.status) && !(response.status === 409 && named)) return null;
  return Math.min(/^\d+$/.test(named) ? Number(named) * 1000 : usual, LONGEST_PAUSE);
}

/** An object without what is undefined. */
export function given(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
