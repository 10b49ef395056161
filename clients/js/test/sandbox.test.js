// Against a running server, whose sandbox TEMPSMS_SANDBOX names.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { before, test } from "node:test";

import { ApiError, NoAnswer, NoCode, NoMessage, Sandbox } from "tempsms-client";
import { smsTasks } from "tempsms-client/cypress";

const sandbox = new Sandbox({ url: process.env.TEMPSMS_SANDBOX });
const OWN = "+14155550100";

async function send(to, body) {
  const sid = `AC${"0".repeat(32)}`;
  const answer = await fetch(`${sandbox.addressFor("twilio")}/2010-04-01/Accounts/${sid}/Messages.json`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${sid}:sandbox`)}` },
    body: new URLSearchParams({ To: to, From: OWN, Body: body }),
  });
  assert.equal(answer.status, 201);
}

before(() => sandbox.clear());

test("a code is found as soon as it was sent", async () => {
  const to = sandbox.nextNumber();
  const waiting = sandbox.waitForCode({ to });
  await send(to, "Your code is 482913");
  assert.equal(await waiting, "482913");
  const [message] = await sandbox.messages({ to });
  assert.deepEqual([message.from, message.to, message.body], [OWN, to, "Your code is 482913"]);
  assert.equal((await sandbox.message(message.id)).id, message.id);
});

test("after an id only what is newer counts, and what came instead is told", async () => {
  const to = sandbox.nextNumber();
  await send(to, "Your code is 111111");
  const newest = await sandbox.newestId();
  await send(to, "no code here");
  await assert.rejects(sandbox.waitForCode({ to, after: newest, timeout: 300 }), (error) => {
    assert.ok(error instanceof NoCode && error instanceof NoMessage);
    assert.deepEqual(error.seen, ["no code here"]);
    return true;
  });
  assert.equal((await sandbox.wait({ to, after: newest, match: "no code" })).body, "no code here");
});

test("a program gets a message, signed as its carrier does", async (context) => {
  const asked = [];
  const program = createServer((request, response) => {
    asked.push(request.headers["x-twilio-signature"]);
    response.end("<Response/>");
  });
  await new Promise((resolve) => program.listen(0, "127.0.0.1", resolve));
  context.after(() => program.close());
  const url = `http://127.0.0.1:${program.address().port}/sms`;
  const { id } = await sandbox.sendInbound({ from: sandbox.nextNumber(), to: OWN, body: "STOP", url });
  let callback;
  for (let tries = 0; tries < 100 && !callback?.at; tries++) {
    [callback] = (await sandbox.message(id)).callbacks;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.deepEqual([callback.status, callback.answer, asked.length], [200, "<Response/>", 1]);
  assert.ok(asked[0]);
});

test("what is refused and what cannot be reached are errors of their own", async () => {
  const other = new Sandbox({ url: sandbox.url, project: "other" });
  await assert.rejects(other.messages(), (error) => error instanceof ApiError && error.code === "not_found");
  const nobody = new Sandbox({ url: "http://127.0.0.1:1024" });
  await assert.rejects(nobody.messages(), (error) => {
    assert.ok(error instanceof NoAnswer);
    assert.match(error.message, /^no answer from http:\/\/127\.0\.0\.1:1024: .*REFUSED/);
    return true;
  });
});

test("numbers are other ones each time", () => {
  const numbers = Array.from({ length: 1500 }, () => sandbox.nextNumber());
  assert.equal(new Set(numbers).size, 1500);
  assert.ok(numbers.every((number) => /^\+1\d{3}55501\d\d$/.test(number)));
});

test("Cypress's tasks give a number, its code, and close it", async () => {
  const tasks = smsTasks({ sandbox: sandbox.url });
  const number = await tasks["sms:open"]("sign up");
  await send(number, "Your code is 293847");
  assert.equal(await tasks["sms:code"]({ number, timeout: 30_000 }), "293847");
  assert.equal(await tasks["sms:close"](), null);
  await assert.rejects(tasks["sms:code"]({ number }), /begin with cy\.smsNumber/);
});

test("Cypress's commands call them, and every test gives back what it had", async () => {
  const [commands, called, ends] = [{}, [], []];
  globalThis.Cypress = {
    Commands: { add: (name, run) => (commands[name] = run) },
    currentTest: { titlePath: ["sign up", "works"] },
  };
  globalThis.cy = { task: (...given) => called.push(given) };
  globalThis.afterEach = (run) => ends.push(run);
  await import("tempsms-client/cypress/commands");
  commands.smsNumber();
  commands.smsCode("+14155550123", { timeout: 5000 });
  ends.forEach((run) => run());
  assert.deepEqual(called, [
    ["sms:open", "sign up > works"],
    ["sms:code", { number: "+14155550123", timeout: 5000 }, { timeout: 15_000 }],
    ["sms:close"],
  ]);
});
