import { afterEach, expect, test, vi } from "vitest";
import { queryClient } from "@/api/queries";
import { session } from "@/api/session";
import { FakeServer, ok } from "@/testing/FakeServer";
import { signedIn, TRY_OUT } from "@/testing/renderPage";
import { watchVisits } from "./visits";

const live = vi.hoisted(() => ({ begun: 0, ended: 0 }));
vi.mock("@/api/live", () => ({
  startLive: () => {
    live.begun += 1;
    return () => {
      live.ended += 1;
    };
  },
}));

let stop: () => void = () => undefined;

afterEach(() => {
  stop();
  queryClient.clear();
  Object.assign(live, { begun: 0, ended: 0 });
});

test("nothing is connected before somebody is let in", () => {
  session.take({ state: "signed_out" }, true);
  stop = watchVisits();
  expect(live.begun).toBe(0);
  session.take(signedIn("ann", "admin"));
  expect(live).toEqual({ begun: 1, ended: 0 });
});

test("with the session goes all that this page was told", () => {
  session.take(signedIn("ann", "admin"));
  stop = watchVisits();
  queryClient.setQueryData(["alerts"], ["hers"]);
  session.take({ state: "signed_out" });
  expect(live).toEqual({ begun: 1, ended: 1 });
  expect(queryClient.getQueryData(["alerts"])).toBeUndefined();
});

test("the same person goes on, another one or another role begins afresh", () => {
  session.take(signedIn("ann", "admin"));
  stop = watchVisits();
  queryClient.setQueryData(["audit"], ["secret"]);
  session.take({ ...signedIn("ann", "admin"), min_password_length: 14 });
  expect(queryClient.getQueryData(["audit"])).toEqual(["secret"]);
  session.take(signedIn("ann", "viewer"));
  expect(live).toEqual({ begun: 2, ended: 1 });
  expect(queryClient.getQueryData(["audit"])).toBeUndefined();
});

test("the first account ends the try-out", () => {
  session.take(TRY_OUT);
  stop = watchVisits();
  session.take(signedIn("ann", "admin"));
  expect(live).toEqual({ begun: 2, ended: 1 });
});

test("a page that is looked at again asks whether it is still the same person", async () => {
  session.take(signedIn("ann", "admin"));
  const server = new FakeServer().on("GET /api/session", () => ok(signedIn("bob", "viewer"))).install();
  stop = watchVisits();
  document.dispatchEvent(new Event("visibilitychange"));
  await session.ask();
  expect(server.asked).toContain("GET /api/session");
  expect(session.get().name).toBe("bob");
  expect(live).toEqual({ begun: 2, ended: 1 });
});
