import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeServer, ok, problem } from "@/testing/FakeServer";
import { renderPage } from "@/testing/renderPage";
import type { Blocked } from "./blocked";
import { ServoPad } from "./ServoPad";
import { parseServo, type Servo } from "./servo";

const ROUTE = "POST /api/cameras/raspberry-01/servo";

function aServo(given: Record<string, unknown> = {}): Servo {
  const servo = parseServo({
    angle_deg: 0,
    target_deg: 0,
    moving: false,
    min_angle_deg: -90,
    max_angle_deg: 90,
    step_deg: 15,
    presets: { window: 45, door: -60 },
    ...given,
  });
  if (servo === null) throw new Error("the test's servo is none");
  return servo;
}

let server: FakeServer;
let bodies: unknown[];

beforeEach(() => {
  bodies = [];
  server = new FakeServer().install();
  answer(() => ok({ status: "done", command_id: "c1", angle_deg: -15 }));
});

/** What the Pi answers; the bodies that were asked are in `bodies`. */
function answer(with_: () => ReturnType<typeof ok> | Promise<ReturnType<typeof ok>>): void {
  server.on(ROUTE, (body) => {
    bodies.push(body);
    return with_();
  });
}

const padOf = (servo: Servo, blocked: Blocked | null = null) => (
  <ServoPad device_id="raspberry-01" servo={servo} blocked={blocked} />
);

const show = (servo = aServo(), blocked: Blocked | null = null) => renderPage(padOf(servo, blocked));

function status(): HTMLElement {
  return screen.getByTestId("command-status");
}

async function settles(step: string): Promise<void> {
  await waitFor(() => expect(status()).toHaveAttribute("data-status", step));
}

describe("a command", () => {
  test("is sent, then done with the angle in words, in a polite live region", async () => {
    let finish: () => void = () => undefined;
    answer(
      () =>
        new Promise((resolve) => (finish = () => resolve(ok({ status: "done", command_id: "c1", angle_deg: -15 })))),
    );
    await show();
    await userEvent.click(screen.getByTestId("servo-left"));
    expect(status()).toHaveAttribute("data-status", "sent");
    expect(status()).toHaveAttribute("role", "status");
    await waitFor(() => expect(bodies).toEqual([{ direction: "left" }]));
    finish();
    await settles("done");
    expect(status()).toHaveTextContent("15° left");
  });

  test.each([
    [409, "refused", "device 'raspberry-01' is offline, so it would not get the command"],
    [422, "refused", "angle_deg 95 is outside -90..90"],
    [503, "refused", "no bridge is connected; start one with vigie bridge"],
    [504, "timed_out", "no result of the servo command: no answer in time"],
  ])("that ends with %d is told as %s, in the server's words", async (code, step, detail) => {
    answer(() => problem(code, detail));
    await show();
    await userEvent.click(screen.getByTestId("servo-right"));
    await settles(step);
    expect(status()).toHaveTextContent(detail);
  });

  test("that not even the server answers is told as not known", async () => {
    answer(() => "unreachable");
    await show();
    await userEvent.click(screen.getByTestId("servo-center"));
    await settles("timed_out");
    expect(status()).toHaveTextContent("not known");
  });

  test("that is overtaken by a newer one no longer speaks", async () => {
    const finish: (() => void)[] = [];
    answer(
      () => new Promise((resolve) => finish.push(() => resolve(ok({ status: "done", command_id: "c", angle_deg: 5 })))),
    );
    await show();
    await userEvent.click(screen.getByTestId("servo-left"));
    await userEvent.click(screen.getByTestId("servo-preset-window"));
    await waitFor(() => expect(finish).toHaveLength(2));
    await act(async () => finish[0]?.());
    expect(status()).toHaveAttribute("data-status", "sent");
    finish[1]?.();
    await settles("done");
    expect(status()).toHaveTextContent("window");
  });
});

describe("keys", () => {
  test("turn the camera while the pad has the focus", async () => {
    await show();
    const pad = screen.getByTestId("servo-pad");
    pad.focus();
    await userEvent.keyboard("{ArrowLeft}{ArrowRight}{Home}12");
    expect(bodies).toEqual([
      { direction: "left" },
      { direction: "right" },
      { direction: "center" },
      { preset: "door" },
      { preset: "window" },
    ]);
  });

  test("do nothing while the focus is elsewhere, or with a modifier", async () => {
    await show();
    await userEvent.keyboard("{ArrowLeft}1");
    screen.getByTestId("servo-pad").focus();
    await userEvent.keyboard("{Control>}{ArrowLeft}{/Control}");
    expect(bodies).toEqual([]);
  });

  test("do nothing while the controls are off", async () => {
    await show(aServo(), "offline");
    screen.getByTestId("servo-pad").focus();
    await userEvent.keyboard("{ArrowLeft}1");
    expect(bodies).toEqual([]);
  });

  test("that are held repeat, but not faster than the servo moves", async () => {
    await show();
    const pad = screen.getByTestId("servo-pad");
    const press = (timeStamp: number, repeat: boolean) => {
      const event = new KeyboardEvent("keydown", { key: "ArrowLeft", repeat, bubbles: true });
      Object.defineProperty(event, "timeStamp", { value: timeStamp });
      act(() => void pad.dispatchEvent(event));
    };
    press(1000, false);
    await settles("done");
    for (let at_ms = 1030; at_ms < 1490; at_ms += 30) press(at_ms, true);
    expect(bodies).toHaveLength(1);
    press(1510, true);
    await waitFor(() => expect(bodies).toHaveLength(2));
  });
});

describe("a button that is held", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("repeats twice a second until it is let go, and its click adds nothing", async () => {
    await show();
    const left = screen.getByTestId("servo-left");
    fireEvent.pointerDown(left, { button: 0 });
    await act(() => vi.advanceTimersByTimeAsync(399));
    expect(bodies).toHaveLength(0);
    await act(() => vi.advanceTimersByTimeAsync(1));
    expect(bodies).toHaveLength(1);
    await act(() => vi.advanceTimersByTimeAsync(1000));
    expect(bodies).toHaveLength(3);
    fireEvent.pointerUp(left);
    fireEvent.click(left);
    await act(() => vi.advanceTimersByTimeAsync(3000));
    expect(bodies).toHaveLength(3);
  });

  test("does not pile up commands that are not answered", async () => {
    answer(() => new Promise(() => undefined));
    await show();
    fireEvent.pointerDown(screen.getByTestId("servo-left"), { button: 0 });
    await act(() => vi.advanceTimersByTimeAsync(3000));
    expect(bodies).toHaveLength(1);
  });

  test("moves nothing when the finger was only scrolling", async () => {
    await show();
    const left = screen.getByTestId("servo-left");
    fireEvent.pointerDown(left, { button: 0 });
    fireEvent.pointerCancel(left);
    await act(() => vi.advanceTimersByTimeAsync(3000));
    expect(bodies).toEqual([]);
  });
});

describe("the slider", () => {
  const slider = () => screen.getByTestId<HTMLInputElement>("servo-slider");

  test("asks on release, and shows what was asked until the Pi's state answers", async () => {
    answer(() => new Promise(() => undefined));
    await show();
    fireEvent.input(slider(), { target: { value: "40" } });
    expect(bodies).toEqual([]);
    expect(slider().value).toBe("40");
    slider().dispatchEvent(new Event("change", { bubbles: true }));
    await waitFor(() => expect(bodies).toEqual([{ angle_deg: 40 }]));
    expect(slider()).toHaveAttribute("data-asked", "40");
    expect(screen.getByTestId("servo-real")).toHaveStyle({ left: "50%" });
  });

  test("follows the Pi's target when nothing is asked", async () => {
    await show(aServo({ angle_deg: -30, target_deg: 45 }));
    expect(slider().value).toBe("45");
    expect(slider()).toHaveAttribute("aria-valuetext", "45° right");
    expect(slider()).not.toHaveAttribute("data-asked");
  });

  test("goes back to where the servo goes when the wish was refused", async () => {
    answer(() => problem(422, "angle_deg 40 is outside -30..30"));
    await show();
    fireEvent.input(slider(), { target: { value: "40" } });
    act(() => void slider().dispatchEvent(new Event("change", { bubbles: true })));
    await settles("refused");
    expect(slider()).not.toHaveAttribute("data-asked");
    expect(slider().value).toBe("0");
  });
});

describe("controls that would lead nowhere", () => {
  test.each([
    ["server", "server cannot be reached"],
    ["bridge", "No bridge is connected"],
    ["offline", "offline"],
    ["silent", "silent"],
  ] as const)("are off while blocked by %s, and say why", async (blocked, words) => {
    await show(aServo(), blocked);
    for (const id of ["servo-left", "servo-center", "servo-right", "servo-slider", "servo-preset-door"]) {
      expect(screen.getByTestId(id)).toBeDisabled();
    }
    expect(screen.getByTestId("controls-blocked")).toHaveTextContent(words);
  });
});
