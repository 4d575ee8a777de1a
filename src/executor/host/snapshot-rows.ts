/** Reading the rows of `zfs list -t snapshot`, where other people's notes may hold anything, line ends too. */
import type { Snapshot } from "../../protocol/facts.ts";
import { uuidText } from "../../protocol/wire.ts";
import { good, type Outcome } from "../outcome.ts";
import { notUnderstood, oneLine } from "./fact.ts";
import { isSnapshotName } from "./names.ts";
import { guidText, wholeNumber } from "./rows.ts";

// The GUID stands at both ends of a row: whatever a note holds, the row ends where its own GUID comes again.
export const snapshotColumns = "name,guid,createtxg,creation,used,referenced,manchot:op,manchot:note,guid";
const fixedCells = 6;

/** All snapshots of the text, the newest first (by transaction group: several may share a second). */
export function parseSnapshots(text: string): Outcome<Snapshot[]> {
  const found: { snapshot: Snapshot; transaction: number }[] = [];
  let at = 0;
  while (at < text.length) {
    const row = readRow(text, at);
    if (row === undefined) {
      return notUnderstood(["zfs", "list"], text.slice(at, at + 400));
    }
    found.push(row);
    at = row.end;
  }
  // Within one moment, the order in which ZFS gave them.
  found.sort((a, b) => b.transaction - a.transaction);
  return good(found.map(({ snapshot }) => snapshot));
}

function readRow(text: string, start: number): { snapshot: Snapshot; transaction: number; end: number } | undefined {
  const cells: string[] = [];
  let at = start;
  while (cells.length < fixedCells) {
    const tab = text.indexOf("\t", at);
    if (tab === -1) return undefined;
    cells.push(text.slice(at, tab));
    at = tab + 1;
  }
  const [name, guidCell, txgCell, creation, usedCell, referencedCell] = cells;
  const guid = guidText(guidCell);
  const transaction = wholeNumber(txgCell);
  const created = wholeNumber(creation);
  const used = wholeNumber(usedCell);
  const referenced = wholeNumber(referencedCell);
  if (name === undefined || !isSnapshotName(name) || guid === undefined || transaction === undefined) return undefined;
  if (created === undefined || used === undefined || referenced === undefined) return undefined;
  const closing = `\t${guid}\n`;
  const close = text.indexOf(closing, at);
  if (close === -1) return undefined;
  const properties = readProperties(text.slice(at, close));
  if (properties === undefined) return undefined;
  const snapshot = { name, guid, created, used, referenced, ...properties };
  return { snapshot, transaction, end: close + closing.length };
}

/** The values of `manchot:op` and `manchot:note`; ZFS says `-` for none. A foreign value that is no id is not one. */
function readProperties(text: string): { operation?: string; note?: string } | undefined {
  const tab = text.indexOf("\t");
  if (tab === -1) return undefined;
  const operation = text.slice(0, tab);
  const note = text.slice(tab + 1);
  return { ...(uuidText.test(operation) ? { operation } : {}), ...(note === "-" ? {} : { note: oneLine(note, 8191) }) };
}
