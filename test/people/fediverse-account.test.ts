import fc from "fast-check";
import { expect, test } from "vitest";
import {
  isFediverseHandle,
  isFediverseServer,
  parseFediverseAccount,
  printFediverseAccount,
} from "../../src/people/fediverse-account.ts";
import { conflicts, peopleOf } from "../../src/people/people.ts";

const server = "https://social.example.org";
const pinned = `${server} BChy9ZMaVg8Vx8tmTI ${server}/users/zelie`;
const wrong = (text: string): string => {
  const parsed = parseFediverseAccount(text);
  return parsed.ok ? "" : parsed.wrong;
};

test("sound accounts are read and printed to the letter", () => {
  for (const text of [
    pinned,
    `${server} 109348684411234567 https://mastodon.example/users/Zelie`,
    `${server} 01F8MH1H7YV1Z7D2C8K2730QBF https://gts.example/users/zelie`,
    `${server} 5f4dcc3b5aa765d61d8327deb882cf99 https://snac.example/zelie`,
    `${server} 1 https://blog.example/?author=1`,
    `${server} 1 https://blog.example/#me`,
    `${server} 1 https://alone.example`,
    `${server} 1 https://xn--pinguin-example.example:8443/users/z`,
    "http://127.0.0.1:4000 1 http://ops.test/zelie",
    "http://[::1]:4000 1 http://[::1]:4000/users/zelie",
  ]) {
    const parsed = parseFediverseAccount(text);
    expect(parsed, text).toMatchObject({ ok: true });
    if (parsed.ok) expect(printFediverseAccount(parsed.account)).toBe(text);
  }
});

test.each([
  ["", "is not three fields"],
  ["zelie@social.example.org", "is a handle"],
  ["@zelie@social.example.org", "is a handle"],
  [`${server} ${server}/users/zelie`, "is not three fields"],
  [`${pinned} `, "is not three fields"],
  [` ${pinned}`, "is not three fields"],
  [pinned.replace(" ", "  "), "is not three fields"],
  [`${pinned} more`, "is not three fields"],
  [`${pinned}\n`, "not ASCII"],
  [pinned.replace(" ", "\t"), "not ASCII"],
  [pinned.replace("zelie", "zеlie"), "not ASCII"], // Cyrillic е
  [pinned.replace("zelie", "zelie\u200b"), "not ASCII"],
  [pinned.replace("https://social", "http://social"), "the server's address"],
  [pinned.replace(".org ", ".org/ "), "the server's address"],
  [pinned.replace("https://social", "https://SOCIAL"), "the server's address"],
  [pinned.replace("https://social", "https://me:pw@social"), "the server's address"],
  [pinned.replace("https://social.example.org ", "social.example.org "), "the server's address"],
  [pinned.replace("BChy9ZMaVg8Vx8tmTI", ".."), "account id"],
  [pinned.replace("BChy9ZMaVg8Vx8tmTI", "a/b"), "account id"],
  [pinned.replace("BChy9ZMaVg8Vx8tmTI", "a".repeat(129)), "account id"],
  [`${server} 1 http://social.example.org/users/zelie`, "actor's URI"],
  [`${server} 1 https://me:pw@social.example.org/users/zelie`, "actor's URI"],
  [`${server} 1 https://Social.example.org/users/zelie`, "actor's URI"],
  [`${server} 1 https://social.example.org/users/../zelie`, "actor's URI"],
  [`${server} 1 javascript:alert(1)`, "actor's URI"],
  [`${server} 1 users/zelie`, "actor's URI"],
  [`http://127.0.0.1:4000 1 ftp://ops.test/zelie`, "actor's URI"],
  [`${server} 1 https://a.example/${"a".repeat(1024)}`, "longer than 1024"],
])("refused, and told why: %j", (text, why) => expect(wrong(text)).toContain(why));

test("whatever is read is printed again to the letter, and nothing makes it throw", () => {
  const piece = fc.constantFrom(
    server,
    " ",
    "1",
    "http://127.0.0.1",
    "https://a.example/x",
    "@",
    "é",
    "\n",
    "/",
    "#",
    "%",
    "..",
  );
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join("")),
    fc.tuple(fc.webUrl(), fc.stringMatching(/^[A-Za-z0-9_-]{1,9}$/), fc.webUrl()).map((fields) => fields.join(" ")),
    fc.webUrl().map((uri) => `${server} 7 ${uri}`),
  );
  let read = 0;
  fc.assert(
    fc.property(text, (one) => {
      const parsed = parseFediverseAccount(one);
      if (!parsed.ok) return;
      read += 1;
      expect(printFediverseAccount(parsed.account)).toBe(one);
      expect(one).toMatch(/^[!-~]+ [!-~]+ [!-~]+$/);
    }),
    { numRuns: 2_000 },
  );
  expect(read).toBeGreaterThan(50);
});

test("servers and handles", () => {
  for (const good of [server, "https://a.example:8443", "http://localhost:4000"])
    expect(isFediverseServer(good)).toBe(true);
  for (const bad of [
    "http://a.example",
    `${server}/`,
    `${server}?x`,
    "wss://a.example",
    "a.example",
    "https://é.example",
  ]) {
    expect(isFediverseServer(bad), bad).toBe(false);
  }
  for (const good of ["@manchot@social.example.org", "@a_b.c-d@ops.test:4000", "@bot@127.0.0.1"]) {
    expect(isFediverseHandle(good), good).toBe(true);
  }
  for (const bad of ["manchot@a.example", "@manchot", "@é@a.example", "@a@A.example", "@a@b@c", "@a @b", "@a@b/"]) {
    expect(isFediverseHandle(bad), bad).toBe(false);
  }
});

test("an id or an actor URI that two accounts share is refused, whoever has them", () => {
  const person = (id: string, ...fediverse: string[]) => ({ id, name: id, roles: ["admin"], accounts: { fediverse } });
  const [of, other] = [person("zelie", pinned), (account: string) => conflicts([of, person("omar", account)])];
  expect(other(pinned)).toMatchObject([{ path: [1, "accounts", "fediverse", 0], message: "is already of `zelie`" }]);
  const shares = [
    { path: [1, "accounts", "fediverse", 0], message: expect.stringContaining("another account, of `zelie`") },
  ];
  expect(other(pinned.replace("users/zelie", "users/omar"))).toMatchObject(shares);
  expect(other(pinned.replace("BChy9ZMaVg8Vx8tmTI", "BChy9ZMaVg8Vx8tmTJ"))).toMatchObject(shares);
  expect(other(`${server} other ${server}/users/omar`)).toEqual([]);
  expect(conflicts([person("zelie", pinned, pinned)])).toMatchObject([{ message: "is twice" }]);
  expect(conflicts([person("zelie", pinned, pinned.replace("zelie", "Zelie"))])).toHaveLength(1);
});

test("the pinned account alone finds its person: no other id, URI, server or letter", () => {
  const people = peopleOf([{ id: "zelie", name: "Zélie", roles: ["admin"], accounts: { fediverse: [pinned] } }]);
  expect(people.byAccount("fediverse", pinned)?.id).toBe("zelie");
  for (const account of [
    pinned.replace("BChy9ZMaVg8Vx8tmTI", "bchy9zmavg8vx8tmti"),
    pinned.replace("users/zelie", "users/Zelie"),
    pinned.replace("users/zelie", "users/zelie/"),
    pinned.replace(/^\S+/, "https://social.example.com"),
    "BChy9ZMaVg8Vx8tmTI",
    `${server}/users/zelie`,
    "@zelie@social.example.org",
    "zelie",
  ]) {
    expect(people.byAccount("fediverse", account), account).toBeUndefined();
  }
});
