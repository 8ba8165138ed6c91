// What the doctor has found, as text. Pure.
import type { Finding } from "@/api/types";

/** What is not fine, the worst first. */
export const MARKS = ["failed", "warning", "unseen"] as const;

/** Those that have a word in both languages; the doctor's `audit log` is `audit_log` here. */
export const SUBJECTS = [
  "broker",
  "server",
  "devices",
  "delay",
  "versions",
  "certificate",
  "https",
  "names",
  "port",
  "units",
  "programs",
  "backlog",
  "config",
  "database",
  "schema",
  "audit_log",
  "backup",
  "reserve",
  "system",
  "disk",
  "clock",
  "memory",
  "power",
  "pins",
  "camera",
] as const;

const SIGNS: Record<Finding["mark"], string> = { ok: "✓", warning: "!", failed: "✗", unseen: "?" };

/** As the command prints it. */
export function lineOf({ mark, subject, seen, mend }: Finding): string {
  return `${SIGNS[mark]} ${subject.padEnd(11)} ${seen}${mend ? ` → ${mend}` : ""}`;
}

/** A sentence cut at its backticks. An odd one out is a letter like others. */
export function pieces(text: string): { at: number; words: string; isCode: boolean }[] {
  const found: { at: number; words: string; isCode: boolean }[] = [];
  for (const match of text.matchAll(/`([^`]+)`|[^`]+|`/g)) {
    found.push({ at: match.index, words: match[1] ?? match[0], isCode: match[1] !== undefined });
  }
  return found;
}
