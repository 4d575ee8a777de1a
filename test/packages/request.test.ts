/** The stand-in for `request`, as matrix-bot-sdk calls it, against a real server on the loopback interface. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { doHttpRequest } from "matrix-bot-sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import type request from "../../packages/request/index.cjs";

const call = createRequire(import.meta.url)("../../packages/request/index.cjs") as typeof request;

let server: Server;
let base: string;
const seen: {
  url: string | undefined;
  method: string | undefined;
  headers: IncomingMessage["headers"];
  body: string;
}[] = [];

beforeAll(async () => {
  server = createServer((asked, answer) => {
    let body = "";
    asked.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    asked.on("end", () => {
      seen.push({ url: asked.url, method: asked.method, headers: asked.headers, body });
      if (asked.url === "/hang") return;
      if (asked.url === "/away") answer.writeHead(302, { location: "/elsewhere" }).end();
      else if (asked.url === "/bytes") answer.end(Buffer.from([0xff, 0x00, 0xfe]));
      else if (asked.url === "/refused")
        answer.writeHead(403, { "x-why": "no" }).end('{"errcode":"M_FORBIDDEN","error":"no"}');
      else answer.end('{"answer":"é"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function ask(options: request.Options): Promise<request.Response> {
  return new Promise((resolve, reject) => {
    call(options, (error, response) => {
      if (error !== null || response === undefined) reject(error);
      else resolve(response);
    });
  });
}

test("sends method, headers and body, and lists and objects in the query", async () => {
  const qs = { server_name: ["a", "b"], filter: { room: 1 }, left: undefined, out: null, flag: true };
  const answer = await ask({
    uri: `${base}/path?kept=1`,
    method: "PUT",
    qs,
    headers: { Authorization: "Bearer x" },
    body: '{"é":1}',
  });
  expect(answer).toMatchObject({ statusCode: 200, body: '{"answer":"é"}' });
  const got = seen.at(-1);
  expect(got).toMatchObject({ method: "PUT", body: '{"é":1}', headers: { authorization: "Bearer x" } });
  const query = new URL(got?.url ?? "", base).searchParams;
  expect([...query]).toEqual([
    ["kept", "1"],
    ["server_name", "a"],
    ["server_name", "b"],
    ["filter", '{"room":1}'],
    ["flag", "true"],
  ]);
});

test("gives a body as bytes where no encoding is wanted", async () => {
  expect((await ask({ uri: `${base}/bytes`, encoding: null })).body).toEqual(Buffer.from([0xff, 0x00, 0xfe]));
});

test("a refusal is a response, not an error", async () => {
  expect(await ask({ uri: `${base}/refused` })).toMatchObject({ statusCode: 403, headers: { "x-why": "no" } });
});

test("follows no redirect: the token would go along", async () => {
  const before = seen.length;
  expect((await ask({ uri: `${base}/away`, headers: { Authorization: "Bearer x" } })).statusCode).toBe(302);
  expect(seen.slice(before).map((one) => one.url)).toEqual(["/away"]);
});

test("gives up after its timeout, and where nobody listens", async () => {
  await expect(ask({ uri: `${base}/hang`, timeout: 100 })).rejects.toThrow(/timeout/i);
  await expect(ask({ uri: "http://127.0.0.1:1/" })).rejects.toThrow();
});

test("is what matrix-bot-sdk speaks through", async () => {
  expect(await doHttpRequest(base, "POST", "/sdk", { a: 1 }, { b: 2 })).toEqual({ answer: "é" });
  expect(seen.at(-1)).toMatchObject({ url: "/sdk?a=1", method: "POST", body: '{"b":2}' });
  await expect(doHttpRequest(base, "GET", "/refused")).rejects.toMatchObject({
    errcode: "M_FORBIDDEN",
    statusCode: 403,
  });
});
