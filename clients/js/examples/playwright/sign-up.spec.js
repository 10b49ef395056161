import { expect, test as base } from "@playwright/test";
import { smsFixtures } from "tempsms-client/playwright";

const test = base.extend(smsFixtures());

for (const name of ["Ada", "Grace"]) {
  test(`${name} signs up with the code`, async ({ page, sms }) => {
    await page.goto("/");
    await page.getByLabel("Phone").fill(sms.number);
    await page.getByRole("button", { name: "Send code" }).click();
    await page.getByLabel("Code").fill(await sms.waitForCode());
    await page.getByRole("button", { name: "Sign up" }).click();
    await expect(page.getByRole("heading")).toHaveText("Welcome");
  });
}
