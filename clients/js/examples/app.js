// A sign-up page as yours may be: it sends a code by SMS, with Twilio's API, and asks for it.
import { randomInt } from "node:crypto";
import { createServer } from "node:http";

const TWILIO = process.env.TWILIO_URL ?? "https://api.twilio.com";
const [SID, TOKEN] = [process.env.TWILIO_ACCOUNT_SID ?? "", process.env.TWILIO_AUTH_TOKEN ?? ""];
const codes = new Map();

async function sendCode(phone) {
  const code = String(randomInt(100_000, 1_000_000));
  codes.set(phone, code);
  const answer = await fetch(`${TWILIO}/2010-04-01/Accounts/${SID}/Messages.json`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${SID}:${TOKEN}`)}` },
    body: new URLSearchParams({ To: phone, From: "+14155550100", Body: `Your code is ${code}` }),
  });
  if (!answer.ok) throw new Error(`Twilio answered ${answer.status}`);
}

const page = (form) => `<!doctype html><title>Sign up</title><form method="post">${form}</form>`;
const ASK_PHONE = page('<label>Phone <input name="phone"></label> <button>Send code</button>');
const askCode = (phone) =>
  page(`<input type="hidden" name="phone" value="${phone}"><label>Code <input name="code"></label> <button>Sign up</button>`);

export const server = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  const form = new URLSearchParams(body);
  const phone = (form.get("phone") ?? "").replace(/[^+\d]/g, "");
  response.setHeader("content-type", "text/html");
  if (!phone) return response.end(ASK_PHONE);
  if (!form.get("code")) {
    await sendCode(phone);
    return response.end(askCode(phone));
  }
  return response.end(form.get("code") === codes.get(phone) ? "<h1>Welcome</h1>" : "<h1>Wrong code</h1>");
});

server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
