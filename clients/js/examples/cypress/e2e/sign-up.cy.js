it("signs up with the code", () => {
  cy.visit("/");
  cy.smsNumber().then((number) => {
    cy.get("[name=phone]").type(number);
    cy.contains("Send code").click();
    cy.smsCode(number).then((code) => cy.get("[name=code]").type(code));
  });
  cy.contains("Sign up").click();
  cy.contains("h1", "Welcome");
});
