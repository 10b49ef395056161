import type { WaitOptions } from "./index.js";

export interface SourceOptions {
  /** A sandbox; without it TEMPSMS_SANDBOX, or the one on this machine. */
  sandbox?: string;
  /** Its project. */
  project?: string;
  /** A server whose numbers are rented, instead of a sandbox; or TEMPSMS_URL. */
  server?: string;
  /** The key; or TEMPSMS_KEY. */
  key?: string;
  country?: string;
  seconds?: number;
  coolDown?: number;
}

export interface Sms {
  readonly number: string;
  waitForCode(options?: WaitOptions): Promise<string>;
}

/** Fixtures for `test.extend<{ sms: Sms }>(smsFixtures())` of @playwright/test. */
export function smsFixtures(options?: SourceOptions): any;
