/** The one-time code that was found in a message. */
export interface Code {
  value: string;
  confidence?: number | null;
  reason?: string;
  expires_at: string;
}

/** A message to a number. Times are RFC 3339 in UTC; ids rise in order of arrival. */
export interface Message {
  id: number;
  number: string;
  direction: "in" | "out";
  from: string;
  to: string;
  body: string;
  received_at: string;
  code: Code | null;
  [more: string]: unknown;
}

/** A message in a sandbox: what a program sent has the direction `out`. */
export interface Captured extends Message {
  project: string;
  carrier: string;
  state: string;
  error: string;
  segments: number;
  encoding: string;
  not_gsm: string[];
  callbacks: { state: string; url: string; status: number; answer: string; note: string; [more: string]: unknown }[];
  request: Record<string, unknown>;
}

export interface PhoneNumber {
  number: string;
  country: string;
  kind: string;
  state: string;
  available: boolean;
  [more: string]: unknown;
}

export interface Rental {
  id: number;
  number: string;
  state: string;
  begins_at: string;
  ends_at: string;
  [more: string]: unknown;
}

export interface Claim {
  id: string;
  number: string;
  expires_at: string;
  [more: string]: unknown;
}

export interface Address {
  /** The server, like https://sms.example.org */
  url?: string;
  /** A key of its API; the sandbox on the same machine needs none. */
  key?: string;
}

export interface Filters {
  to?: string;
  from?: string;
  carrier?: string;
  require?: "code";
  limit?: number;
}

export interface WaitOptions {
  /** Milliseconds. */
  timeout?: number;
  /** Only from this sender. */
  from?: string;
  /** An RE2 pattern that the text must have. */
  match?: string;
}

export interface SandboxWaitOptions extends WaitOptions {
  to?: string;
  /** Only messages after this id; without it the newest that matches counts. */
  after?: number;
  require?: "code";
}

/** `tempsms sandbox` on this machine, which needs no key, or a project of another server. */
export class Sandbox {
  constructor(options?: Address & { project?: string });
  readonly url: string;
  /** Where a carrier's SDK is pointed at, instead of at its own host. */
  addressFor(carrier: string): string;
  /** A number that no phone has, another each time. */
  nextNumber(): string;
  /** The project with its credentials by carrier. */
  project(): Promise<{ name: string; credentials: Record<string, unknown>; [more: string]: unknown }>;
  /** What was captured, newest first. */
  messages(filters?: Filters): Promise<Captured[]>;
  message(id: number): Promise<Captured>;
  /** The id of the newest message, after which to wait for what is yet to come; 0 without any. */
  newestId(): Promise<number>;
  /** Delete all messages, or those that match; how many that were. */
  clear(filters?: Filters): Promise<number>;
  /** Rejects with `NoMessage`. */
  wait(options?: SandboxWaitOptions): Promise<Captured>;
  /** The code itself. Rejects with `NoCode`. */
  waitForCode(options?: SandboxWaitOptions): Promise<string>;
  /** Send a message of a phone to your program at `url`, signed as its carrier does. */
  sendInbound(message: {
    from: string;
    to: string;
    body: string;
    url: string;
    carrier?: string;
  }): Promise<Captured>;
}

export interface RentOptions {
  purpose: string;
  seconds?: number;
  /** Seconds until the number can be rented again. */
  coolDown?: number;
  country?: string;
  kind?: string;
  number?: string;
  link?: boolean;
}

/** A server with numbers. */
export class Client {
  constructor(options: Address & { url: string });
  readonly url: string;
  numbers(filters?: Record<string, string | number | boolean>): Promise<PhoneNumber[]>;
  rent(options: RentOptions): Promise<Rental>;
  end(rental: Rental | number): Promise<Rental>;
  /** Rent a number for the time of a function, whatever happens in it. */
  rented<T>(options: RentOptions, run: (rental: Rental) => Promise<T>): Promise<T>;
  /** Claim the next message with a code on a number that others use too; in the function, have it sent. */
  claimed<T>(number: string, options: WaitOptions, run: (claim: Claim) => Promise<T>): Promise<T>;
  messages(inbox: Rental | number | string, filters?: Record<string, string | number>): Promise<Message[]>;
  /** The code itself; a claim has its filters already. Rejects with `NoCode`. */
  waitForCode(inbox: Rental | Claim | number, options?: WaitOptions): Promise<string>;
}

export class TempsmsError extends Error {}
/** The server refused a request; `code` is stable. */
export class ApiError extends TempsmsError {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: unknown[];
}
/** The address or the key cannot be one. */
export class BadOptions extends TempsmsError {}
/** The server could not be reached; the text has its address. */
export class NoAnswer extends TempsmsError {}
/** No message came in time; `seen` are the texts that came and did not match. */
export class NoMessage extends TempsmsError {
  readonly seen: string[];
}
export class NoCode extends NoMessage {}
