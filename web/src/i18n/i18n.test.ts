import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { en } from "./en";
import accessEn from "./en/access.json";
import calibrationEn from "./en/calibration.json";
import doctorEn from "./en/doctor.json";
import joinEn from "./en/join.json";
import recordingsEn from "./en/recordings.json";
import { fr } from "./fr";
import accessFr from "./fr/access.json";
import calibrationFr from "./fr/calibration.json";
import doctorFr from "./fr/doctor.json";
import joinFr from "./fr/join.json";
import recordingsFr from "./fr/recordings.json";

const SOURCE = join(import.meta.dirname, "..");
const PLURAL = /_(zero|one|two|few|many|other)$/;

function flatten(tree: object, path = ""): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of Object.entries(tree)) {
    const key = path ? `${path}.${name}` : name;
    if (typeof value === "string") flat.set(key, value);
    else for (const [inner, text] of flatten(value as object, key)) flat.set(inner, text);
  }
  return flat;
}

function placeholders(text: string): string[] {
  return (text.match(/\{\{\w+\}\}/g) ?? []).sort();
}

/** All sources as one text, without the tests. */
function sources(): string {
  return readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\./.test(name))
    .map((name) => readFileSync(join(SOURCE, name), "utf8"))
    .join("\n");
}

const english = flatten({
  ...en,
  access: accessEn,
  calibration: calibrationEn,
  doctor: doctorEn,
  join: joinEn,
  recordings: recordingsEn,
});
const french = flatten({
  ...fr,
  access: accessFr,
  calibration: calibrationFr,
  doctor: doctorFr,
  join: joinFr,
  recordings: recordingsFr,
});

test("both languages have the same keys", () => {
  expect([...french.keys()].sort()).toEqual([...english.keys()].sort());
});

test("no text is empty, and both languages fill in the same values", () => {
  for (const [key, text] of english) {
    expect(text, key).not.toBe("");
    expect(french.get(key), key).not.toBe("");
    expect(placeholders(french.get(key) ?? ""), key).toEqual(placeholders(text));
  }
});

test("every text is used", () => {
  const code = sources();
  const literal = new Set([...code.matchAll(/["'`]([a-z_]+(?:\.\w+)+)["'`]/g)].map((match) => match[1]));
  // t(`mode.word.${mode}`): any key of that shape is used.
  const shapes = [...code.matchAll(/`([a-z_]+\.[^`\s]*\$\{[^`]*)`/g)].map(
    (match) => new RegExp(`^${(match[1] ?? "").replaceAll(".", "\\.").replaceAll(/\$\{[^}]*\}/g, "\\w+")}$`),
  );
  const unused = [...english.keys()].filter((key) => {
    const name = key.replace(PLURAL, "");
    return !literal.has(name) && !literal.has(key) && !shapes.some((shape) => shape.test(name) || shape.test(key));
  });
  expect(unused).toEqual([]);
});
