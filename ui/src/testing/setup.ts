import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);

// jsdom lays nothing out; lists are measured as if eight rows were in sight.
Object.defineProperty(HTMLElement.prototype, "offsetHeight", { configurable: true, value: 224 });
Object.defineProperty(HTMLElement.prototype, "offsetWidth", { configurable: true, value: 400 });
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
