/** The pill that clients make of a mention: a link to matrix.to in the message's HTML, whose label stands in its text. */

const furthest = 4000;

/**
 * How the text calls the bot where a pill for it leads the HTML: by the pill's label, or by the Markdown of the link that
 * some clients leave in the text. Empty where none does. Only the first few thousand characters can hold a leading pill.
 */
export function leadingPill(html: string, self: string): readonly string[] {
  const start = html.slice(0, furthest);
  const begun = start.startsWith("<mx-reply>") ? start.replace(/^<mx-reply>.*?<\/mx-reply>/su, "") : start;
  const found = /^\s*(?:<p>\s*)?<a\s+href=(["'])([^"'<>]{1,1000})\1[^<>]*>([^<>]{1,300})<\/a>/u.exec(begun);
  const href = found?.[2];
  const label = unescaped(found?.[3] ?? "").trim();
  if (href === undefined || label === "" || idOf(unescaped(href)) !== self) return [];
  return [label, `@${label}`, `[${label}](${unescaped(href)})`];
}

/** The Matrix ID that a matrix.to or matrix: link points to. */
function idOf(href: string): string | undefined {
  const user = /^https:\/\/matrix\.to\/#\/([^?/]+)/u.exec(href)?.[1];
  if (user !== undefined) return decoded(user);
  const short = /^matrix:u\/([^?/]+)/u.exec(href)?.[1];
  return short === undefined ? undefined : `@${decoded(short)}`;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
  "#x27": "'",
  nbsp: " ",
};
const unescaped = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot|#39|#x27|nbsp);/gu, (whole, name: string) => entities[name] ?? whole);
