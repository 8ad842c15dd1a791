import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);
// Waiting ends with the condition; the limit only tells a slow machine from a broken screen.
configure({ asyncUtilTimeout: 8000 });

// jsdom lays nothing out; lists are measured as if eight rows were in sight.
for (const [name, value] of Object.entries({ offsetHeight: 224, offsetWidth: 400, clientHeight: 224, clientWidth: 400 })) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, value });
}
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
globalThis.matchMedia ??= (query: string) => ({
  media: query,
  matches: false,
  onchange: null,
  addEventListener() {},
  removeEventListener() {},
  addListener() {},
  removeListener() {},
  dispatchEvent: () => false,
});
Element.prototype.scrollIntoView ??= () => {};
globalThis.CSS ??= { escape: (text: string) => text.replace(/[^\w-]/g, "\\$&") } as typeof CSS;
