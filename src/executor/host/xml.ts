/**
 * A reader for the XML that libvirt writes: elements, attributes, text. It is strict and small: no DOCTYPE, so no
 * entity of anybody's own; what it does not know, it refuses. Time grows with the length of the text.
 */

export type XmlElement = {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The element's own text, all pieces together. */
  readonly text: string;
};

type Open = { name: string; attributes: Map<string, string>; children: XmlElement[]; pieces: string[] };

const maximumDepth = 100;
const nameAt = /[A-Za-z_][\w:.-]*/y;
const attributeAt = /\s+([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const tagEndAt = /\s*(\/?)>/y;
const closeEndAt = /\s*>/y;

/** The root element; or nothing, where the text is not well-formed or holds what is refused here. */
export function readXml(source: string): XmlElement | undefined {
  const document: Open = { name: "", attributes: new Map(), children: [], pieces: [] };
  const open: Open[] = [document];
  let at = 0;
  while (at < source.length) {
    const top = open.at(-1);
    if (top === undefined) return undefined;
    const tag = source.indexOf("<", at);
    const text = decode(source.slice(at, tag === -1 ? source.length : tag));
    if (text === undefined || (open.length === 1 && text.trim() !== "")) return undefined;
    top.pieces.push(text);
    if (tag === -1) break;
    const next = readMarkup(source, tag, open);
    if (next === undefined) return undefined;
    at = next;
  }
  return open.length === 1 && document.children.length === 1 ? document.children[0] : undefined;
}

/** Reads one piece of markup at `at` (a `<`) and returns where it ends. */
function readMarkup(source: string, at: number, open: Open[]): number | undefined {
  if (source.startsWith("<!--", at)) return after(source, "-->", at + 4);
  if (source.startsWith("<?", at)) return after(source, "?>", at + 2);
  if (source.startsWith("<![CDATA[", at)) return readCdata(source, at + 9, open);
  if (source.startsWith("</", at)) return readClosing(source, at + 2, open);
  return readOpening(source, at + 1, open); // `<!DOCTYPE` ends there: `!` begins no name
}

function readCdata(source: string, at: number, open: Open[]): number | undefined {
  const end = source.indexOf("]]>", at);
  if (end === -1 || open.length === 1) return undefined;
  open.at(-1)?.pieces.push(source.slice(at, end));
  return end + 3;
}

function readClosing(source: string, at: number, open: Open[]): number | undefined {
  const name = match(nameAt, source, at)?.[0];
  const end = name === undefined ? undefined : match(closeEndAt, source, at + name.length);
  const done = open.pop();
  const parent = open.at(-1);
  if (name === undefined || !end || parent === undefined || done === undefined || done.name !== name) return undefined;
  parent.children.push(close(done));
  return at + name.length + end[0].length;
}

function readOpening(source: string, start: number, open: Open[]): number | undefined {
  const name = match(nameAt, source, start)?.[0];
  if (name === undefined || open.length > maximumDepth) return undefined;
  const attributes = new Map<string, string>();
  let at = start + name.length;
  for (let found = match(attributeAt, source, at); found !== null; found = match(attributeAt, source, at)) {
    const [whole, key = "", double, single] = found;
    const value = decode(double ?? single ?? "");
    if (value === undefined || attributes.has(key)) return undefined;
    attributes.set(key, value);
    at += whole.length;
  }
  const end = match(tagEndAt, source, at);
  if (end === null) return undefined;
  const element: Open = { name, attributes, children: [], pieces: [] };
  if (end[1] === "/") open.at(-1)?.children.push(close(element));
  else open.push(element);
  return at + end[0].length;
}

function close(element: Open): XmlElement {
  const { name, attributes, children, pieces } = element;
  return { name, attributes, children, text: pieces.join("") };
}

function after(source: string, mark: string, from: number): number | undefined {
  const end = source.indexOf(mark, from);
  return end === -1 ? undefined : end + mark.length;
}

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** Text with its entities resolved: XML's five and character numbers; any other is refused. */
function decode(text: string): string | undefined {
  if (!text.includes("&")) return text;
  let sound = true;
  const decoded = text.replace(/&([^;&\s]{0,10})(;?)/g, (_whole, entity: string, end: string) => {
    const character = end === ";" ? entityText(entity) : undefined;
    if (character === undefined) sound = false;
    return character ?? "";
  });
  return sound ? decoded : undefined;
}

function entityText(entity: string): string | undefined {
  const digits = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(entity);
  if (digits === null) return Object.hasOwn(named, entity) ? named[entity] : undefined;
  const code = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : undefined;
}
