import { expect, test } from "vitest";
import { blockedBy } from "./blocked";

const SITE = { bridge: "connected", broker: "connected" } as const;

test("nothing is in the way of a device that is heard", () => {
  expect(blockedBy(true, SITE, "online")).toBeNull();
  expect(blockedBy(true, undefined, "online")).toBeNull();
  expect(blockedBy(true, { bridge: "connected", broker: "unknown" }, "online")).toBeNull();
});

test("the obstacle nearest to this browser is named", () => {
  expect(blockedBy(false, { bridge: "absent", broker: "absent" }, "offline")).toBe("server");
  expect(blockedBy(true, { bridge: "absent", broker: "absent" }, "offline")).toBe("bridge");
  expect(blockedBy(true, { bridge: "connected", broker: "absent" }, "offline")).toBe("broker");
});

test.each(["offline", "silent", "unknown"] as const)("a device that is %s takes no commands", (state) => {
  expect(blockedBy(true, SITE, state)).toBe(state);
});
