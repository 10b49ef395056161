import { defineConfig } from "@playwright/test";

const port = process.env.APP_PORT ?? "3000";

export default defineConfig({
  testDir: ".",
  outputDir: process.env.PLAYWRIGHT_OUTPUT ?? "test-results",
  workers: 2,
  fullyParallel: true,
  reporter: "line",
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    // CHROMIUM: one that is installed already, like /usr/bin/chromium; without it `npx playwright install chromium`
    launchOptions: process.env.CHROMIUM ? { executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] } : {},
  },
  webServer: {
    command: "node ../app.js",
    url: `http://127.0.0.1:${port}`,
    env: {
      PORT: port,
      TWILIO_URL: `${process.env.TEMPSMS_SANDBOX ?? "http://127.0.0.1:8025"}/capture/twilio`,
      TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
      TWILIO_AUTH_TOKEN: "sandbox",
    },
  },
});
