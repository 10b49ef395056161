// Plivo's official SDK for Node against the sandbox.
"use strict";

const assert = require("node:assert/strict");
const plivo = require("plivo");
const { SANDBOX, PHONE, NUMBER, run, text } = require("./program.js");

const ID = "MASANDBOX" + "0".repeat(11);
const TOKEN = "sandbox";
const TO = PHONE.slice(1);
const FROM = NUMBER.slice(1);
const client = new plivo.Client(ID, TOKEN, { url: `${SANDBOX}/capture/plivo/v1/Account/${ID}` });

// The form of a callback, whose signature the SDK accepts.
function validated({ body, headers }, url) {
  const form = Object.fromEntries(new URLSearchParams(body));
  const nonce = headers["x-plivo-signature-v3-nonce"];
  const signature = headers["x-plivo-signature-ma-v3"];
  assert.ok(plivo.validateV3Signature("POST", url, nonce, TOKEN, signature, form));
  assert.ok(!plivo.validateV3Signature("POST", url, nonce, TOKEN, signature, { ...form, To: "1" }));
  return form;
}

run(async (web) => {
  const status = web.url("/status");
  const sent = await client.messages.create({ src: FROM, dst: TO, text: "Your code is 482913", url: status });
  const [id] = sent.messageUuid;
  for (const expected of ["queued", "sent", "delivered"]) {
    const form = validated(await web.next("/status"), status);
    assert.deepEqual([form.MessageUUID, form.Status], [id, expected]);
  }
  const fetched = await client.messages.get(id);
  assert.deepEqual([fetched.messageUuid, fetched.messageState], [id, "delivered"]);
  const listed = await client.messages.list({ limit: 5 });
  assert.equal(listed[0].messageUuid, id);

  await text("plivo", "STOP & go €", web.url("/sms"));
  const received = validated(await web.next("/sms"), web.url("/sms"));
  assert.deepEqual([received.From, received.To, received.Text], [TO, FROM, "STOP & go €"]);
  const reply = await client.messages.create({ src: received.To, dst: received.From, text: "Bye" });
  assert.equal((await client.messages.get(reply.messageUuid[0])).toNumber, TO);

  await assert.rejects(client.messages.create({ src: FROM, dst: "hello", text: "x" }), (error) => {
    // the SDK's own classes lose their names: it is compiled for an older JavaScript
    assert.deepEqual([error.status, error.message], [400, "dst is not a valid phone number"]);
    return true;
  });
});
