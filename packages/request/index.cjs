"use strict";
// The only surface of `request` that matrix-bot-sdk 0.8.0 uses: request(params, cb(err, response, body)), on node's fetch.
module.exports = function request(p, cb) {
  const url = new URL(p.uri);
  for (const [k, v] of Object.entries(p.qs ?? {})) {
    if (v === undefined || v === null) continue;
    for (const x of Array.isArray(v) ? v : [v])
      url.searchParams.append(k, typeof x === "object" ? JSON.stringify(x) : String(x));
  }
  const ctl = new AbortController();
  const t = p.timeout ? setTimeout(() => ctl.abort(new Error("ETIMEDOUT")), p.timeout) : undefined;
  module.exports.inflight.add(ctl);
  (async () => {
    const r = await fetch(url, {
      method: p.method,
      headers: p.headers,
      body: p.body,
      signal: ctl.signal,
      redirect: "follow",
    });
    const buf = Buffer.from(await r.arrayBuffer());
    const body = p.encoding === null ? buf : buf.toString("utf8");
    return [{ statusCode: r.status, headers: Object.fromEntries(r.headers), body }, body];
  })().then(
    ([res, body]) => {
      done();
      cb(null, res, body);
    },
    (e) => {
      done();
      cb(ctl.signal.aborted ? ctl.signal.reason : e);
    },
  );
  const done = () => {
    clearTimeout(t);
    module.exports.inflight.delete(ctl);
  };
};
module.exports.inflight = new Set();
module.exports.abortAll = () => {
  for (const c of module.exports.inflight) c.abort(new Error("stopping"));
};
