/** ZFS's check of names, with its own words for what is wrong. */

const maximumBytes = 255;

/** What `zfs` says is wrong with a name, or nothing. `expects` is the kind of name wanted. */
export function nameProblem(name: string, expects: "dataset" | "snapshot" | "any"): string | undefined {
  if (expects === "dataset" && name.includes("@")) return "snapshot delimiter '@' is not expected here";
  if (name.includes("#")) return "bookmark delimiter '#' is not expected here";
  if (Buffer.byteLength(name) > maximumBytes) return "name is too long";
  if (name.startsWith("/")) return "leading slash in name";
  return componentsProblem(name) ?? (name.startsWith("%") ? "name is reserved" : undefined);
}

function componentsProblem(name: string): string | undefined {
  const parts = name.split(/([/@])/);
  let delimiters = 0;
  for (let index = 0; index < parts.length; index += 2) {
    const part = parts[index] ?? "";
    const end = parts[index + 1];
    if (part === "" && end === undefined && parts[index - 1] === "/") return "trailing slash in name";
    const wrong = firstWrongByte(part);
    if (wrong !== undefined) return `invalid character '${wrong}' in name`;
    if (end !== "@" && part === ".") return "self reference, '.' is found in name";
    if (end !== "@" && part === "..") return "parent reference, '..' is found in name";
    if (end === "@") delimiters += 1;
    if (delimiters > 1) return "multiple '@' and/or '#' delimiters in name";
    if (part === "") return "empty component or misplaced '@' or '#' delimiter in name";
    if (end === "/" && delimiters > 0) return "trailing slash in name";
  }
  return undefined;
}

/** ZFS looks byte by byte, so of a letter beyond ASCII it shows the first byte, which is no text. */
function firstWrongByte(part: string): string | undefined {
  const wrong = /[^A-Za-z0-9_.: %-]/u.exec(part)?.[0];
  if (wrong === undefined) return undefined;
  return (wrong.codePointAt(0) ?? 0) < 0x80 ? wrong : "\ufffd";
}
