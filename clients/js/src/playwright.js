import { makeSource } from "./inboxes.js";

/**
 * Fixtures for `test.extend(...)` of @playwright/test: `sms` is a number of the test's own, which is given back
 * afterwards, also when the test fails.
 */
export function smsFixtures(options = {}) {
  return {
    smsSource: [
      // Playwright reads the names of the fixtures that it needs from the braces
      // eslint-disable-next-line no-empty-pattern
      async ({}, use, workerInfo) => {
        const processes = workerInfo.config.workers;
        const run = { run: String(process.ppid), place: workerInfo.parallelIndex, processes };
        await use(makeSource(options, run));
      },
      { scope: "worker" },
    ],
    sms: async ({ smsSource }, use, testInfo) => {
      const sms = await smsSource.open(testInfo.titlePath.join(" > "));
      try {
        await use(sms);
      } finally {
        await sms.close();
      }
    },
  };
}
