// What is wrong with a new password, as far as this page can say; the server looks again, with its list of obvious words. Pure.
export type PasswordFlaw = "needed" | "short" | "monotonous" | "differs";

const MIN_KINDS = 5;

export function passwordFlaw(password: string, minLength: number): PasswordFlaw | null {
  if (password === "") return "needed";
  if ([...password].length < minLength) return "short";
  return new Set(password).size < MIN_KINDS ? "monotonous" : null;
}

/** Of the same one, typed once more. */
export function againFlaw(password: string, again: string): PasswordFlaw | null {
  return password === again ? null : "differs";
}

const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** Of the name of an account or a token. */
export function nameFlaw(name: string): "needed" | "name" | null {
  if (name === "") return "needed";
  return NAME.test(name) ? null : "name";
}
