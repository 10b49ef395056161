// Compiled, and never run: the types say what there is.
import { ApiError, Client, NoCode, Sandbox, type Captured } from "tempsms-client";
import { smsTasks } from "tempsms-client/cypress";
import { smsFixtures, type Sms } from "tempsms-client/playwright";
import { expect, test as base } from "@playwright/test";

const test = base.extend<{ sms: Sms }>(smsFixtures({ sandbox: "http://127.0.0.1:8025" }));

test("types", async ({ sms }) => {
  const code: string = await sms.waitForCode({ timeout: 1000 });
  expect(code).toBe("1");
});

export async function main(): Promise<void> {
  const sandbox = new Sandbox({ project: "staging" });
  const message: Captured = await sandbox.wait({ to: sandbox.nextNumber(), after: await sandbox.newestId() });
  const states: string[] = message.callbacks.map((callback) => callback.state);
  const client = new Client({ url: "https://sms.example.org", key: "tempsms_x" });
  const code: string = await client.rented({ purpose: "types" }, (rental) => client.waitForCode(rental));
  try {
    await client.claimed("+15005550006", { match: "Ada" }, (claim) => client.waitForCode(claim));
  } catch (error) {
    if (error instanceof NoCode) console.log(error.seen, states, code);
    if (error instanceof ApiError) console.log(error.code);
  }
  // @ts-expect-error: no such option
  await sandbox.wait({ too: "+15005550006" });
  smsTasks({ server: "https://sms.example.org" });
}
