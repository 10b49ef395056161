import type { WaitOptions } from "./index.js";

declare global {
  namespace Cypress {
    interface Chainable<Subject = any> {
      /** A number of the test's own, which is given back after the test. */
      smsNumber(): Chainable<string>;
      /** The code that is sent to a number. */
      smsCode(number: string, options?: WaitOptions): Chainable<string>;
    }
  }
}

export {};
