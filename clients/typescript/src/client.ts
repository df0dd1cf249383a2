/** A client of the Lamplighter API: openapi-fetch, with tokens that are renewed and problems that are thrown. */
import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];
export type Bill = Schemas["Bill"];
export type Money = Schemas["Money"];
export type ProblemDetails = Schemas["Problem"];
export type Lamplighter = Client<paths>;
export type { components, paths };

export interface Options {
  /** Where Lamplighter answers, such as `https://bills.example.org`. */
  baseUrl: string;
  /** An access token. */
  token?: string;
  /**
   * Gets a new access token once the old one is refused (401); the request is then sent again.
   * Requests that are refused meanwhile wait for the same one.
   */
  renew?: () => Promise<string>;
  /** For tests and proxies. */
  fetch?: (request: Request) => Promise<Response>;
}

/** A no of the API (RFC 9457). Programs go by its `code`. */
export class Problem extends Error {
  override readonly name = "Problem";

  constructor(
    readonly status: number,
    readonly code: string,
    readonly details: Partial<ProblemDetails>,
  ) {
    super([`${code}:`, details.title, details.detail, details.remedy].filter(Boolean).join(" "));
  }
}

/** The password was right, and a second factor is asked for: /api/login/verify takes it. */
export class SecondFactorNeeded extends Error {
  override readonly name = "SecondFactorNeeded";

  constructor(
    readonly challenge: string,
    readonly methods: Schemas["FactorAsked"]["methods"],
  ) {
    super(`A second factor is needed: ${methods.join(", ")}.`);
  }
}

/** Makes a client of who logs in by a password, and renews its tokens. */
export async function logIn(
  who: Pick<Options, "baseUrl" | "fetch"> & { email: string; password: string; otp?: string },
): Promise<Lamplighter> {
  const { email, password, otp, ...where } = who;
  const door = lamplighter(where);
  const body = { email, password, ...(otp !== undefined && { otp }) };
  const told = await data(door.POST("/api/login", { body }));
  if ("mfa_required" in told) throw new SecondFactorNeeded(told.challenge, told.methods);
  let { refresh_token } = told;

  async function renew(): Promise<string> {
    // A refresh token is good once, so the next one is kept.
    const tokens = await data(door.POST("/api/token/refresh", { body: { refresh_token } }));
    ({ refresh_token } = tokens);
    return tokens.access_token;
  }

  return lamplighter({ ...where, token: told.access_token, renew });
}

/** Makes a client. Whatever is refused is thrown as a `Problem`. */
export function lamplighter(options: Options): Lamplighter {
  const send = options.fetch ?? ((request: Request) => fetch(request));
  let token = options.token;
  let renewal: Promise<string> | undefined;

  async function renewed(renew: () => Promise<string>, refused: string | undefined): Promise<void> {
    if (token !== refused) return; // somebody else has renewed it meanwhile
    renewal ??= renew().finally(() => (renewal = undefined));
    token = await renewal;
  }

  function ask(request: Request): Promise<Response> {
    if (token !== undefined) request.headers.set("Authorization", `Bearer ${token}`);
    return send(request);
  }

  async function answered(request: Request): Promise<Response> {
    // A body can be read once, and a request that is refused is sent twice.
    const again = request.clone();
    const sent = token;
    let response = await ask(request);
    if (response.status === 401 && options.renew !== undefined) {
      await response.body?.cancel();
      await renewed(options.renew, sent);
      response = await ask(again);
    }
    if (response.status >= 400) throw await problemOf(response);
    return response;
  }

  return createClient<paths>({ baseUrl: options.baseUrl, fetch: answered });
}

/** The data of an answer: a client that throws what is refused always has some. */
export async function data<T>(answer: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  const told = (await answer).data;
  if (told === undefined || told === null) throw new TypeError("an answer without content");
  return told;
}

/** A new key for a write: sent again under the same key, it happens once. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}

async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.startsWith("application/problem+json")) {
    // Somebody between us and Lamplighter has answered.
    return new Problem(response.status, "NoProblemDetails", { title: response.statusText });
  }
  const details = (await response.json()) as ProblemDetails;
  return new Problem(response.status, details.code, details);
}
