/* global Cypress, cy, afterEach */

const LONGER = 10_000; // than the wait itself

Cypress.Commands.add("smsNumber", () => {
  return cy.task("sms:open", Cypress.currentTest.titlePath.join(" > "));
});

Cypress.Commands.add("smsCode", (number, options = {}) => {
  const timeout = options.timeout ?? 60_000;
  return cy.task("sms:code", { number, ...options, timeout }, { timeout: timeout + LONGER });
});

afterEach(() => {
  cy.task("sms:close");
});
