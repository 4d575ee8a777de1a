/**
 * A post's HTML as lines of text with the links in them. Only parse5's tokenizer is used: a tree of hostile markup can grow
 * much faster than its text, and nothing here needs one.
 */
import { type Token, Tokenizer } from "parse5";

/** A stretch of a line: plain, or of one link. */
export type Piece = { readonly text: string; readonly href?: string; readonly hashtag?: true };
export type Line = readonly Piece[];

/** What a browser begins a new line for. */
const blocks = new Set(
  "address article aside blockquote center dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split(
    " ",
  ),
);
const empty = new Set("area base br col embed hr img input link meta source track wbr".split(" "));
/** What a browser does not show as text. */
const unseen = new Set("script style template head title textarea select iframe noscript object svg math".split(" "));
/** What servers add to somebody's words: notes of their own, quoted posts, whom else it is addressed to. */
const added = ["gts-system-message", "quote-inline", "recipients-inline"];

/** Never throws; takes time and memory in proportion to the length. Line feeds of the source are spaces, but in `pre`. */
export function htmlToLines(html: string): readonly Line[] {
  const lines: Piece[][] = [[]];
  let link: { readonly href: string; readonly hashtag: boolean } | undefined;
  /** How many elements that hide their content, or stand in such a one, are open. */
  let hidden = 0;
  let pre = 0;

  const newLine = (): void => {
    if (lines.at(-1)?.length !== 0) lines.push([]);
  };
  const write = (chars: string): void => {
    if (hidden > 0) return;
    const parts = pre > 0 ? chars.split("\n") : [chars.replace(/[\n\r\f]/gu, " ")];
    for (const [index, text] of parts.entries()) {
      if (index > 0) newLine();
      if (text !== "") lines.at(-1)?.push(piece(text, link));
    }
  };
  const tokenizer = new Tokenizer(
    {},
    {
      onStartTag(tag) {
        const { tagName } = tag;
        if (hidden > 0 || unseen.has(tagName) || classesOf(tag).some((name) => added.includes(name))) {
          if (!empty.has(tagName)) hidden++;
          return;
        }
        if (tagName === "br" || blocks.has(tagName)) newLine();
        if (tagName === "pre") pre++;
        if (tagName === "a") {
          const classes = classesOf(tag);
          const hashtag = classes.includes("hashtag") || attribute(tag, "rel").split(/\s+/u).includes("tag");
          link = { href: attribute(tag, "href"), hashtag };
        }
      },
      onEndTag({ tagName }) {
        if (hidden > 0) {
          if (!empty.has(tagName)) hidden--;
          return;
        }
        if (tagName === "br" || blocks.has(tagName)) newLine();
        if (tagName === "pre" && pre > 0) pre--;
        if (tagName === "a") link = undefined;
      },
      onCharacter: ({ chars }) => write(chars),
      onWhitespaceCharacter: ({ chars }) => write(chars),
      onNullCharacter: () => undefined,
      onComment: () => undefined,
      onDoctype: () => undefined,
      onEof: () => undefined,
    },
  );
  tokenizer.write(html, true);
  return lines.filter((line) => line.length > 0);
}

function piece(text: string, link: { readonly href: string; readonly hashtag: boolean } | undefined): Piece {
  if (link === undefined) return { text };
  return link.hashtag ? { text, href: link.href, hashtag: true } : { text, href: link.href };
}

const attribute = (tag: Token.TagToken, name: string): string =>
  tag.attrs.find((one) => one.name === name)?.value ?? "";

const classesOf = (tag: Token.TagToken): readonly string[] =>
  tag.attrs.length === 0 ? [] : attribute(tag, "class").split(/\s+/u);
