import { beforeEach, expect, test } from "vitest";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { request } from "./http";
import { SessionStore, session, signIn, signOut } from "./session";
import type { SessionState } from "./types";

const ANN: SessionState = { state: "signed_in", name: "ann", role: "operator", min_password_length: 12 };
const OUT: SessionState = { state: "signed_out", min_password_length: 12 };

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer().install();
});

test("the server says who is asking", async () => {
  server.on("GET /api/session", () => ok(ANN));
  const store = new SessionStore();
  expect(store.get().state).toBe("asking");
  await store.ask();
  expect(store.get()).toMatchObject({ state: "signed_in", name: "ann", role: "operator", minPasswordLength: 12 });
});

test("a dead server shows nobody out, and nobody in", async () => {
  server.on("GET /api/session", () => "unreachable");
  const store = new SessionStore();
  await store.ask();
  expect(store.get().state).toBe("unreachable");
  store.take(ANN);
  await store.ask();
  expect(store.get()).toMatchObject({ state: "signed_in", name: "ann" });
});

test("a failing database shows nobody out", async () => {
  server.on("GET /api/session", () => problem(503, "the database fails"));
  const store = new SessionStore();
  store.take(ANN);
  await store.ask();
  expect(store.get().state).toBe("signed_in");
});

test("an answer that was under way while somebody signed in is older", async () => {
  let answer: (told: SessionState) => void = () => undefined;
  const told = new Promise<SessionState>((resolve) => {
    answer = resolve;
  });
  server.on("GET /api/session", async () => ok(await told));
  const store = new SessionStore();
  const asked = store.ask();
  store.take(ANN);
  answer(OUT);
  await asked;
  expect(store.get().state).toBe("signed_in");
});

test("who asks while it is asked has it asked again", async () => {
  const answers = [ANN, OUT];
  server.on("GET /api/session", () => ok(answers.shift()));
  const store = new SessionStore();
  await Promise.all([store.ask(), store.ask(), store.ask()]);
  expect(server.asked).toHaveLength(2);
  expect(store.get().state).toBe("signed_out");
});

test("whom the server shows out is told so, who leaves is not", async () => {
  const store = new SessionStore();
  store.take(ANN);
  store.take(OUT);
  expect(store.get().shownOut).toBe("ann");
  store.take(OUT);
  expect(store.get().shownOut).toBe("ann");
  store.take(ANN);
  expect(store.get().shownOut).toBeNull();
  store.take(OUT, true);
  expect(store.get().shownOut).toBeNull();
});

test("listeners hear of changes only", () => {
  const store = new SessionStore();
  let heard = 0;
  store.subscribe(() => {
    heard += 1;
  });
  store.take(ANN);
  store.take(ANN);
  expect(heard).toBe(1);
});

test.each([
  [401, "sign_in_first"],
  [401, "set_up_first"],
  [403, "not_allowed"],
])("a request that is refused with %i %s has it asked who this is", async (status, code) => {
  session.take(ANN);
  server.on("GET /api/session", () => ok(OUT)).on("GET /api/events", () => problem(status, "No.", { code }));
  await expect(request("/api/events")).rejects.toThrow("No.");
  await session.ask();
  expect(session.get().state).toBe("signed_out");
  expect(server.asked).toContain("GET /api/session");
});

test("a wrong PIN is no question of who this is", async () => {
  server.on("PUT /api/mode", () => problem(403, "Wrong.", { code: "pin_wrong" }));
  await expect(request("/api/mode", { method: "PUT", body: {} })).rejects.toThrow("Wrong.");
  expect(server.asked).toEqual(["PUT /api/mode"]);
});

test("signing in and out", async () => {
  session.take(OUT, true);
  let sent: unknown;
  server
    .on("POST /api/session", (body) => {
      sent = body;
      return ok(ANN);
    })
    .on("DELETE /api/session", () => ({ status: 200, body: null }));
  await signIn("ann", "three words together");
  expect(sent).toEqual({ name: "ann", password: "three words together" });
  expect(session.get().name).toBe("ann");
  await signOut();
  expect(session.get()).toMatchObject({ state: "signed_out", name: null, role: null, shownOut: null });
});

test("who could not sign out is not signed out", async () => {
  session.take(ANN);
  server.on("DELETE /api/session", () => "unreachable");
  await expect(signOut()).rejects.toThrow();
  expect(session.get().state).toBe("signed_in");
});
