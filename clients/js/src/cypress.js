import { makeSource } from "./inboxes.js";

/**
 * Tasks for `on("task", smsTasks())` in `setupNodeEvents`: a browser cannot wait for a code itself, so Node does.
 * `sms:open` gives a test its number, `sms:code` waits for its code, `sms:close` gives all numbers back. The commands
 * of `tempsms-client/cypress/commands` call them.
 */
export function smsTasks(options = {}) {
  const source = makeSource(options);
  const open = new Map();
  return {
    async "sms:open"(purpose) {
      const sms = await source.open(String(purpose ?? "Cypress"));
      open.set(sms.number, sms);
      return sms.number;
    },
    async "sms:code"({ number, ...wanted }) {
      const sms = open.get(number);
      if (!sms) throw new Error(`${number} is not a number of this test: begin with cy.smsNumber()`);
      return sms.waitForCode(wanted);
    },
    async "sms:close"() {
      const held = [...open.values()];
      open.clear();
      await Promise.all(held.map((sms) => sms.close()));
      return null; // Cypress refuses undefined
    },
  };
}
