// What jsdom lacks and the components need; and a clean page after each test.
import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

const ROW_PX = 64;

class NoResizeObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

globalThis.ResizeObserver = NoResizeObserver;
window.scrollTo = () => undefined;
window.matchMedia = (query) => ({
  matches: false,
  media: query,
  onchange: null,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  addListener: () => undefined,
  removeListener: () => undefined,
  dispatchEvent: () => false,
});
// jsdom does no layout: without a height a virtual list would believe that all its rows fit on the screen.
Object.defineProperty(HTMLElement.prototype, "offsetHeight", { get: () => ROW_PX });

afterEach(() => {
  cleanup();
  localStorage.clear();
});
