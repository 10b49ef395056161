// Vonage's official SDK for Node against the sandbox: the SMS API, and the Messages API with a key and with a token.
"use strict";

const assert = require("node:assert/strict");
const { generateKeyPairSync } = require("node:crypto");
const { verifySignature } = require("@vonage/jwt");
const { SMS } = require("@vonage/messages");
const { Vonage } = require("@vonage/server-sdk");
const { SANDBOX, PHONE, NUMBER, newestId, run, text, waitForMessage } = require("./program.js");

const HERE = `${SANDBOX}/capture/vonage`;
const HOSTS = { apiHost: HERE, restHost: HERE };
const TO = PHONE.slice(1);
const FROM = NUMBER.slice(1);
const SECRET = process.env.SIGNATURE_SECRET;
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const client = new Vonage({ apiKey: "sandbox", apiSecret: "sandbox" }, HOSTS);
const application = new Vonage({ applicationId: process.env.APPLICATION, privateKey }, HOSTS);

// The JSON of a webhook, whose token the SDK accepts.
function validated({ body, headers }) {
  const token = headers.authorization.replace("Bearer ", "");
  assert.ok(verifySignature(token, SECRET));
  assert.ok(!verifySignature(token, `${SECRET}x`));
  return JSON.parse(body);
}

async function readStatuses(web, id) {
  for (const status of ["submitted", "delivered"]) {
    const found = validated(await web.next("/status"));
    assert.deepEqual([found.message_uuid, found.status], [id, status]);
  }
}

run(async (web) => {
  const message = { to: TO, from: FROM, text: "Your code is 482913" };
  const classic = await client.sms.send({ ...message, callback: web.url("/receipt") });
  assert.deepEqual([classic.messages[0].status, classic.messageCount], ["0", "1"]);
  const receipt = Object.fromEntries(new URLSearchParams((await web.next("/receipt")).body));
  assert.deepEqual([receipt.messageId, receipt.status], [classic.messages[0].messageId, "delivered"]);

  for (const sender of [client, application]) {
    const sent = await sender.messages.send(new SMS({ ...message, webhookUrl: web.url("/status") }));
    await readStatuses(web, sent.messageUUID);
  }

  await text("vonage", "STOP & go €", web.url("/sms"));
  const received = validated(await web.next("/sms"));
  assert.deepEqual([received.from, received.to, received.text], [TO, FROM, "STOP & go €"]);
  const reply = await client.messages.send(new SMS({ to: received.from, from: received.to, text: "Bye" }));
  assert.ok(reply.messageUUID);

  const last = await newestId();
  const begun = await application.verify2.newRequest({ brand: "Acme", workflow: [{ channel: "sms", to: TO }] });
  const { code } = await waitForMessage(PHONE, last);
  assert.equal(await application.verify2.checkCode(begun.requestId, code.value), "completed");

  await assert.rejects(client.messages.send(new SMS({ ...message, to: "hello" })), (error) => {
    assert.equal(error.response.status, 422);
    return true;
  });
  await assert.rejects(client.sms.send({ ...message, to: "hello" }), (error) => {
    assert.match(error.constructor.name, /^MessageSend(All|Partial)Failure$/);
    return true;
  });
});
