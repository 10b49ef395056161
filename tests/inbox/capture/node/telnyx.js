// Telnyx's official SDK for Node against the sandbox.
"use strict";

const assert = require("node:assert/strict");
const Telnyx = require("telnyx");
const { SANDBOX, PHONE, NUMBER, newestId, run, text, waitForMessage } = require("./program.js");

const client = new Telnyx({
  apiKey: "KEYsandbox",
  publicKey: process.env.PUBLIC_KEY,
  baseURL: `${SANDBOX}/capture/telnyx/v2`,
  maxRetries: 0,
});

// The event of a webhook, whose signature the SDK accepts.
async function unwrapped({ body, headers }) {
  await assert.rejects(async () => client.webhooks.unwrap(`${body} `, { headers }));
  return (await client.webhooks.unwrap(body, { headers })).data;
}

run(async (web) => {
  const { data: sent } = await client.messages.send({
    to: PHONE,
    from: NUMBER,
    text: "Your code is 482913",
    webhook_url: web.url("/status"),
  });
  assert.equal(sent.to[0].status, "queued");
  for (const [kind, status] of [
    ["message.sent", "sent"],
    ["message.finalized", "delivered"],
  ]) {
    const event = await unwrapped(await web.next("/status"));
    assert.deepEqual([event.event_type, event.payload.id, event.payload.to[0].status], [kind, sent.id, status]);
  }
  const { data: fetched } = await client.messages.retrieve(sent.id);
  assert.deepEqual([fetched.text, fetched.to[0].status], ["Your code is 482913", "delivered"]);

  await text("telnyx", "STOP & go €", web.url("/sms"));
  const { event_type: kind, payload } = await unwrapped(await web.next("/sms"));
  assert.deepEqual([kind, payload.text], ["message.received", "STOP & go €"]);
  assert.deepEqual([payload.from.phone_number, payload.to[0].phone_number], [PHONE, NUMBER]);
  const { data: reply } = await client.messages.send({
    to: payload.from.phone_number,
    from: payload.to[0].phone_number,
    text: "Bye",
  });
  assert.equal((await client.messages.retrieve(reply.id)).data.text, "Bye");

  const { data: profile } = await client.verifyProfiles.create({ name: "Acme", sms: { app_name: "Acme" } });
  const last = await newestId();
  const { data: begun } = await client.verifications.triggerSMS({
    phone_number: PHONE,
    verify_profile_id: profile.id,
  });
  const { code } = await waitForMessage(PHONE, last);
  const { data: checked } = await client.verifications.actions.verify(begun.id, { code: code.value });
  assert.equal(checked.response_code, "accepted");

  const { data: messagingProfile } = await client.messagingProfiles.create({
    name: "Acme",
    whitelisted_destinations: ["*"],
  });
  const profiles = [];
  for await (const one of client.messagingProfiles.list()) profiles.push(one.id);
  assert.ok(profiles.includes(messagingProfile.id));

  await assert.rejects(client.messages.send({ to: "hello", from: NUMBER, text: "x" }), (error) => {
    assert.ok(error instanceof Telnyx.BadRequestError);
    assert.equal(error.error.errors[0].code, "40310");
    return true;
  });
});
