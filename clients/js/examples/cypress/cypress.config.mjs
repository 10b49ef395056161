import { defineConfig } from "cypress";
import { smsTasks } from "tempsms-client/cypress";

export default defineConfig({
  e2e: {
    baseUrl: "http://127.0.0.1:3000",
    specPattern: "e2e/*.cy.js",
    supportFile: "support/e2e.js",
    setupNodeEvents(on) {
      on("task", smsTasks());
    },
  },
});
