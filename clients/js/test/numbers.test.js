// Against a running server with numbers: TEMPSMS_URL and TEMPSMS_KEY; SEND is an address that delivers `Body` to `To`.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError, BadOptions, Client, NoCode } from "tempsms-client";
import { smsTasks } from "tempsms-client/cypress";

const { TEMPSMS_URL: url, TEMPSMS_KEY: key, SEND, SHARED } = process.env;
const client = new Client({ url, key });
const wanted = { purpose: "node", country: "AU", coolDown: 0 };

async function deliver(To, Body) {
  const answer = await fetch(`${SEND}?${new URLSearchParams({ To, Body })}`);
  assert.ok(answer.ok);
}

async function running() {
  const answer = await fetch(`${url}/api/v1/rentals`, { headers: { authorization: `Bearer ${key}` } });
  return (await answer.json()).rentals.filter((rental) => rental.state !== "ended");
}

test("a number is rented for a function, and given back whatever comes of it", async () => {
  const code = await client.rented(wanted, async (rental) => {
    await deliver(rental.number, "Your code is 482913");
    return client.waitForCode(rental);
  });
  assert.equal(code, "482913");
  const failing = client.rented(wanted, async () => {
    throw new RangeError("of the test");
  });
  await assert.rejects(failing, RangeError);
  assert.deepEqual(await running(), []);
});

test("what came instead of a code is told", async () => {
  await client.rented(wanted, async (rental) => {
    await deliver(rental.number, "Hello");
    const [message] = await client.messages(rental);
    assert.equal(message.body, "Hello");
    await assert.rejects(client.waitForCode(rental, { timeout: 0 }), (error) => {
      assert.ok(error instanceof NoCode);
      assert.deepEqual(error.seen, ["Hello"]);
      return true;
    });
  });
});

test("a claim is one message of a number that others use too", async () => {
  const code = await client.claimed(SHARED, { match: "Hi Ada" }, async (claim) => {
    await deliver(SHARED, "Hi Bob, your code is 111111");
    await deliver(SHARED, "Hi Ada, your code is 482913");
    return client.waitForCode(claim);
  });
  assert.equal(code, "482913");
});

test("numbers are listed", async () => {
  assert.ok((await client.numbers({ country: "AU" })).length > 0);
});

test("what is refused has the server's code", async () => {
  const stranger = new Client({ url, key: "tempsms_wrong" });
  await assert.rejects(stranger.rent(wanted), (error) => error instanceof ApiError && error.code === "invalid_token");
  for (const options of [{ url: "sms.example.org" }, { url: "ftp://x" }, { url, key: "a b" }]) {
    assert.throws(() => new Client(options), BadOptions);
  }
});

test("Cypress's tasks rent a number and give it back", async () => {
  const tasks = smsTasks({ server: url, key, country: "AU", coolDown: 0 });
  const number = await tasks["sms:open"]("sign up > works");
  assert.equal((await running())[0].number, number);
  await deliver(number, "Your code is 293847");
  assert.equal(await tasks["sms:code"]({ number, timeout: 30_000 }), "293847");
  await tasks["sms:close"]();
  assert.deepEqual(await running(), []);
});
