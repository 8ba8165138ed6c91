// Whether a key press is a shortcut at all.

const STORED_AS = "vigie.shortcuts";

/** True when the key goes into a field, or belongs to the browser. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

export function shortcutsOn(): boolean {
  return localStorage.getItem(STORED_AS) !== "off";
}

export function switchShortcuts(on: boolean): void {
  if (on) localStorage.removeItem(STORED_AS);
  else localStorage.setItem(STORED_AS, "off");
}
