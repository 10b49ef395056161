// What the programs here share: a web server for callbacks, and messages to it as a phone would send them.
"use strict";

const http = require("node:http");

const SANDBOX = process.env.SANDBOX;
const PHONE = "+61491570157";
const NUMBER = "+14155550100";

// A web server on loopback; `next(path)` is a promise of the next request there, in the order of their arrival.
// `answers` has what it answers there, if not nothing.
async function listen() {
  const arrived = new Map();
  const awaited = new Map();
  const answers = new Map();
  const queue = (map, path) => map.get(path) ?? map.set(path, []).get(path);
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const found = { headers: request.headers, body: Buffer.concat(chunks).toString() };
    const answer = answers.get(request.url);
    if (answer) response.setHeader("content-type", "text/xml");
    response.end(answer);
    const waiting = queue(awaited, request.url).shift();
    if (waiting) waiting(found);
    else queue(arrived, request.url).push(found);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    answers,
    url: (path) => `http://127.0.0.1:${server.address().port}${path}`,
    next: (path) => {
      const found = queue(arrived, path).shift();
      return found ? Promise.resolve(found) : new Promise((resolve) => queue(awaited, path).push(resolve));
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function ask(method, path, body) {
  const answer = await fetch(`${SANDBOX}/api/v1/sandbox/${path}`, {
    method,
    headers: { authorization: `Bearer ${process.env.KEY}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

// The next message to a phone after the one with an id, as soon as it is there.
async function waitForMessage(to, after) {
  const query = new URLSearchParams({ to, after, timeout: 30 });
  return (await ask("GET", `messages/wait?${query}`)).message;
}

// The id of the newest message of all.
async function newestId() {
  const { messages } = await ask("GET", "messages?limit=1");
  return messages.length ? messages[0].id : 0;
}

// A text from the phone to the program's number, passed on to an address as the carrier does.
async function text(carrier, body, url) {
  await ask("POST", "inbound", { carrier, from: PHONE, to: NUMBER, body, url });
}

// Run a program with a web server; what it throws ends the process with an error.
async function run(program) {
  const web = await listen();
  try {
    await program(web);
    console.log("done");
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    web.close();
  }
}

module.exports = { SANDBOX, PHONE, NUMBER, newestId, run, text, waitForMessage };
