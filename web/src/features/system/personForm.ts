// What is typed about a person's PINs: whether it can be sent, and as what. Pure.
import type { PeopleRequest } from "@/api/people";

export type PersonTask = { what: "add" } | { what: "change" | "remove"; name: string };

export interface Typed {
  name: string;
  pin: string;
  again: string;
  duress: string;
  /** Takes the duress PIN away. */
  forgetDuress: boolean;
  current: string;
}

export const NOTHING_TYPED: Typed = { name: "", pin: "", again: "", duress: "", forgetDuress: false, current: "" };

export type FieldName = "name" | "pin" | "again" | "duress" | "current";
export type Flaw = "needed" | "name" | "pin" | "differs" | "same";

const PIN = /^\d{4,12}$/;
const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** What is wrong with each field; empty when it can be sent. The server looks again. */
export function flawsOf(task: PersonTask, typed: Typed, needsPin: boolean): Partial<Record<FieldName, Flaw>> {
  const flaws: Partial<Record<FieldName, Flaw>> = {};
  if (needsPin && !PIN.test(typed.current)) flaws.current = typed.current === "" ? "needed" : "pin";
  if (task.what === "remove") return flaws;
  if (task.what === "add" && !NAME.test(typed.name)) flaws.name = typed.name === "" ? "needed" : "name";
  const mayStay = task.what === "change" && typed.pin === "";
  if (!mayStay && !PIN.test(typed.pin)) flaws.pin = typed.pin === "" ? "needed" : "pin";
  if (typed.pin !== typed.again) flaws.again = "differs";
  if (typed.duress !== "" && !PIN.test(typed.duress)) flaws.duress = "pin";
  if (typed.duress !== "" && typed.duress === typed.pin) flaws.duress = "same";
  return flaws;
}

export function requestOf(task: PersonTask, typed: Typed, needsPin: boolean): PeopleRequest {
  const current = needsPin ? { current_pin: typed.current } : {};
  if (task.what === "remove") return { what: "remove", name: task.name, ...current };
  const duress = typed.duress === "" ? {} : { duress_pin: typed.duress };
  if (task.what === "add") return { what: "add", name: typed.name, pin: typed.pin, ...duress, ...current };
  const pin = typed.pin === "" ? {} : { pin: typed.pin };
  const gone = typed.forgetDuress ? { duress_pin: null } : duress;
  return { what: "change", name: task.name, ...pin, ...gone, ...current };
}
