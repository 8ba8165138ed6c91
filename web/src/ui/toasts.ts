// Toasts: at most one per key, so that ten detections of one sensor are one toast that counts.
import { useSyncExternalStore } from "react";

export interface Toast {
  key: string;
  tone: "alert" | "trouble" | "info";
  title: string;
  text?: string | undefined;
  to?: string | undefined;
}

const SHOWN_FOR_MS = 8000;
const listeners = new Set<() => void>();
const timers = new Map<string, ReturnType<typeof setTimeout>>();
let toasts: readonly Toast[] = [];

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Shows a toast, or updates the one with the same key where it stands. */
export function showToast(toast: Toast): void {
  clearTimeout(timers.get(toast.key));
  timers.set(
    toast.key,
    setTimeout(() => dismissToast(toast.key), SHOWN_FOR_MS),
  );
  const known = toasts.some(({ key }) => key === toast.key);
  set(known ? toasts.map((other) => (other.key === toast.key ? toast : other)) : [...toasts, toast]);
}

export function dismissToast(key: string): void {
  clearTimeout(timers.get(key));
  timers.delete(key);
  set(toasts.filter((toast) => toast.key !== key));
}

export function dismissAllToasts(): void {
  for (const { key } of toasts) dismissToast(key);
}

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
}
