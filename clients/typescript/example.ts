/**
 * Logs in, lists an account's bills page by page, reads the newest one, and saves it as PDF.
 *
 *     LAMPLIGHTER_EMAIL=… LAMPLIGHTER_PASSWORD=… node dist/example.js http://127.0.0.1:8000 ACCOUNT
 */
import { writeFile } from "node:fs/promises";
import process from "node:process";

import { data, logIn, Problem } from "./src/client.js";

const [, , baseUrl = "", account = ""] = process.argv;
const { LAMPLIGHTER_EMAIL: email = "", LAMPLIGHTER_PASSWORD: password = "" } = process.env;

// The token is good for minutes; the client renews it by itself.
const api = await logIn({ baseUrl, email, password });

// A page at a time: `next` of one page is `after` of the following one.
let newest: string | undefined;
let after: string | undefined;
do {
  const page = await data(
    api.GET("/api/bills", { params: { query: { account, limit: 4, ...(after && { after }) } } }),
  );
  for (const { number, first_day, total } of page.items) {
    // A list can be asked for some fields only: what is not a name may be missing.
    console.log(`${number}  from ${first_day}  ${total?.amount} ${total?.currency}`);
    newest ??= number;
  }
  after = page.next ?? undefined;
} while (after);

if (newest) {
  // What is sent in an address is checked by the compiler, and so is what comes back.
  const params = { path: { number: newest } };
  const bill = await data(api.GET("/api/bills/{number}", { params }));
  console.log(`${bill.number} is due on ${bill.due_on}:`);
  for (const line of bill.segments.flatMap((segment) => segment.lines)) {
    console.log(`  ${line.component}: ${line.quantity} ${line.unit} at ${line.rate}`);
  }

  const pdf = await data(api.GET("/api/bills/{number}/pdf", { params, parseAs: "arrayBuffer" }));
  await writeFile("bill.pdf", new Uint8Array(pdf));
  console.log("It is saved as bill.pdf.");
}

// A no has a stable code to go by, and says in words what is wrong.
try {
  await api.GET("/api/bills/{number}", { params: { path: { number: "NOT-A-BILL" } } });
} catch (no) {
  if (!(no instanceof Problem)) throw no;
  console.log(`${no.status} ${no.code}`);
}
