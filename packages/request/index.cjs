"use strict";
/**
 * The part of `request` that matrix-bot-sdk uses, on Node's own fetch: `request(options, callback)`. The real package is
 * deprecated and brings a tree with known holes. Here are `uri`, `method`, `qs`, `headers`, `body`, `timeout` and
 * `encoding`; redirects are not followed, since the access token would go along.
 */

/**
 * @param {import("./index.d.cts").Options} options
 * @param {import("./index.d.cts").Callback} callback called once, never synchronously
 */
function request(options, callback) {
  send(options).then(
    (response) => callback(null, response, response.body),
    (fault) => callback(fault instanceof Error ? fault : new Error(String(fault))),
  );
}

async function send({ uri, method = "GET", qs, headers, body, timeout, encoding }) {
  const response = await fetch(withQuery(uri, qs), {
    method,
    headers: headers ?? {},
    redirect: "manual",
    ...(body === undefined || body === null ? {} : { body }),
    ...(timeout ? { signal: AbortSignal.timeout(timeout) } : {}),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: encoding === null ? bytes : bytes.toString("utf8"),
  };
}

/** Lists become repeated parameters, objects JSON; what is undefined or null is left out. */
function withQuery(uri, query) {
  const url = new URL(uri);
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one === undefined || one === null) continue;
      url.searchParams.append(name, typeof one === "object" ? JSON.stringify(one) : String(one));
    }
  }
  return url;
}

module.exports = request;
