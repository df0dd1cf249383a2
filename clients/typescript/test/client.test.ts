/** What the factory adds to openapi-fetch, against a server that is a function. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { data, idempotencyKey, lamplighter, logIn, Problem, SecondFactorNeeded } from "../src/client.js";

const money = { amount: "12.30", currency: "EUR" };
const balance = { params: { path: { number: "A-1" } } };
const path = "/api/accounts/{number}/balance";

function refusal(code: string, status: number): Response {
  const details = { type: "about:blank", code, title: "No.", status, errors: [] };
  const headers = { "Content-Type": "application/problem+json" };
  return new Response(JSON.stringify(details), { status, headers });
}

/** Lets in who brings `good`, and remembers what it was sent. */
function server(good: string) {
  const seen: { token: string | null; body: string }[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const token = request.headers.get("Authorization");
    seen.push({ token, body: await request.text() });
    return token === `Bearer ${good}` ? Response.json(money) : refusal("TokenInvalid", 401);
  };
  return { fetch, seen };
}

test("the token goes with each request", async () => {
  const { fetch, seen } = server("good");
  const api = lamplighter({ baseUrl: "http://x.example", token: "good", fetch });
  assert.deepEqual(await data(api.GET(path, balance)), money);
  assert.equal(seen.length, 1);
});

test("an expired token is renewed once, for all who wait", async () => {
  const { fetch, seen } = server("good");
  let renewals = 0;
  const renew = async () => {
    renewals += 1;
    await new Promise((resolve) => setTimeout(resolve, 10));
    return "good";
  };
  const api = lamplighter({ baseUrl: "http://x.example", token: "old", renew, fetch });
  const told = await Promise.all([1, 2, 3].map(() => data(api.GET(path, balance))));
  assert.deepEqual(told, [money, money, money]);
  assert.equal(renewals, 1);
  assert.equal(seen.length, 6);
});

test("what was sent is sent again, whole", async () => {
  const { fetch, seen } = server("good");
  const renew = async () => "good";
  const api = lamplighter({ baseUrl: "http://x.example", token: "old", renew, fetch });
  await api.POST("/api/usage-data", {
    body: {
      usage_point: "UP1", channel: "E1", read_at: "2026-01-31T17:30:00Z", shown: "12.5",
      rolled_over: false, source: "staff",
    },
    headers: { "Idempotency-Key": idempotencyKey() },
  });
  assert.equal(seen.length, 2);
  assert.equal(seen[0]?.body, seen[1]?.body);
  assert.equal(JSON.parse(seen[1]?.body ?? "").shown, "12.5");
});

test("a token that is refused again is a problem, and no loop", async () => {
  const { fetch, seen } = server("good");
  const renew = async () => "bad";
  const api = lamplighter({ baseUrl: "http://x.example", token: "old", renew, fetch });
  const is = (no: unknown) => no instanceof Problem && no.code === "TokenInvalid";
  await assert.rejects(api.GET(path, balance), is);
  assert.equal(seen.length, 2);
});

test("who has logged in stays so: each refresh token is used once", async () => {
  const used: string[] = [];
  let n = 0;
  const tokens = () => {
    n += 1;
    return Response.json({
      access_token: `access-${n}`, token_type: "Bearer", expires_in: 300,
      refresh_token: `refresh-${n}`, refresh_expires_in: 9000,
    });
  };
  const fetch = async (request: Request): Promise<Response> => {
    if (request.url.endsWith("/api/login")) return tokens();
    if (request.url.endsWith("/api/token/refresh")) {
      used.push(((await request.json()) as { refresh_token: string }).refresh_token);
      return tokens();
    }
    // Each token is good for nothing but the request for which it was renewed.
    const isNew = request.headers.get("Authorization") === `Bearer access-${used.length + 1}`;
    const isFirst = asked++ % 2 === 0;
    return isNew && !isFirst ? Response.json(money) : refusal("TokenInvalid", 401);
  };
  let asked = 0;
  const api = await logIn({ baseUrl: "http://x.example", email: "m@x.example", password: "p", fetch });
  await api.GET(path, balance);
  await api.GET(path, balance);
  assert.deepEqual(used, ["refresh-1", "refresh-2"]);
});

test("a second factor is asked for by name", async () => {
  const asked = { mfa_required: true, challenge: "c", methods: ["totp"] };
  const fetch = async () => Response.json(asked);
  const who = { baseUrl: "http://x.example", email: "m@x.example", password: "p", fetch };
  await assert.rejects(logIn(who), (no) => no instanceof SecondFactorNeeded && no.challenge === "c");
});

test("what somebody between answers is a problem, too", async () => {
  const fetch = async () => new Response("<h1>Bad Gateway</h1>", { status: 502 });
  const api = lamplighter({ baseUrl: "http://x.example", fetch });
  const is = (no: unknown) => no instanceof Problem && no.code === "NoProblemDetails";
  await assert.rejects(api.GET(path, balance), is);
});

test("no two keys are the same", () => {
  assert.notEqual(idempotencyKey(), idempotencyKey());
});
