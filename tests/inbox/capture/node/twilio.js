// Twilio's official SDK for Node against the sandbox.
"use strict";

const assert = require("node:assert/strict");
const twilio = require("twilio");
const { SANDBOX, PHONE, NUMBER, newestId, run, text, waitForMessage } = require("./program.js");

const SID = "AC" + "0".repeat(32);
const TOKEN = "sandbox";
const http = new twilio.RequestClient();
const toSandbox = (uri) => uri.replace(/^https:\/\/[a-z]+\.twilio\.com/, `${SANDBOX}/capture/twilio`);
const client = twilio(SID, TOKEN, {
  httpClient: { request: (options) => http.request({ ...options, uri: toSandbox(options.uri) }) },
});

// The form of a callback, whose signature the SDK accepts.
function validated(request, url) {
  const form = Object.fromEntries(new URLSearchParams(request.body));
  const signature = request.headers["x-twilio-signature"];
  assert.ok(twilio.validateRequest(TOKEN, signature, url, form));
  assert.ok(!twilio.validateRequest(TOKEN, signature, url, { ...form, To: "+15005550001" }));
  return form;
}

run(async (web) => {
  const status = web.url("/status?a=b");
  const sent = await client.messages.create({
    to: PHONE,
    from: NUMBER,
    body: "Your code is 482913",
    statusCallback: status,
  });
  assert.equal(sent.status, "queued");
  for (const expected of ["sent", "delivered"]) {
    const form = validated(await web.next("/status?a=b"), status);
    assert.deepEqual([form.MessageSid, form.MessageStatus], [sent.sid, expected]);
  }
  const fetched = await client.messages(sent.sid).fetch();
  assert.deepEqual([fetched.body, fetched.status, fetched.from], ["Your code is 482913", "delivered", NUMBER]);
  const listed = await client.messages.list({ to: PHONE, limit: 5 });
  assert.equal(listed[0].sid, sent.sid);

  const before = await newestId();
  const answer = new twilio.twiml.MessagingResponse();
  answer.message("Bye");
  web.answers.set("/sms", answer.toString());
  await text("twilio", "STOP & go €", web.url("/sms"));
  const received = validated(await web.next("/sms"), web.url("/sms"));
  assert.deepEqual([received.From, received.To, received.Body], [PHONE, NUMBER, "STOP & go €"]);
  const reply = await waitForMessage(PHONE, before);
  assert.deepEqual([reply.from, reply.body], [NUMBER, "Bye"]);

  const service = await client.verify.v2.services.create({ friendlyName: "Acme" });
  const { verifications, verificationChecks } = client.verify.v2.services(service.sid);
  const last = await newestId();
  await verifications.create({ to: PHONE, channel: "sms" });
  const { code } = await waitForMessage(PHONE, last);
  const checked = await verificationChecks.create({ to: PHONE, code: code.value });
  assert.deepEqual([checked.status, checked.valid], ["approved", true]);

  await assert.rejects(client.messages.create({ to: "hello", from: NUMBER, body: "x" }), (error) => {
    assert.ok(error instanceof twilio.RestException);
    assert.deepEqual([error.status, error.code], [400, 21211]);
    return true;
  });
});
