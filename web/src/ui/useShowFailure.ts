// A request that failed, told by a toast: what was meant, and the server's own words why not.
import { useReason } from "./LoadError";
import { showToast } from "./toasts";

export function useShowFailure(): (key: string, what: string) => (error: unknown) => void {
  const reason = useReason();
  return (key, what) => (error) =>
    showToast({ key: `failed/${key}`, tone: "trouble", title: what, text: reason(error) });
}
