"""What the figures of a trial mean: pure, one function for each part."""

from dataclasses import dataclass, field

from vigie.owner.findings import Finding, failed, figure, ok, size, unseen, warning
from vigie.owner.selftest.card_speed import percentile

SLOW_EVENT_S, LATE_EVENT_S = 0.25, 1.0
"""From an edge to its accepted event. A card takes tens of milliseconds; from a second on a siren is late."""
SLOW_CARD_S, FAILING_CARD_S = 0.1, 1.0
SLOW_CAMERA_S = 12.0
"""As the agent has it (`domain.camera_watch.SLOW_START_S`): from then on a start without pictures is a trouble."""
ENOUGH_FPS = 0.8
LATE_SIREN_S = 0.1
MANY_BOUNCES = 20
"""A pulse: a good contact has fewer than five."""

_WIRING = "see docs/guide/wiring.md"
_SUPPLY = "a supply of 5.1 V and a short cable; the servo on a supply of its own"


def milliseconds(seconds: float) -> str:
    """`2.1 ms`, `140 ms`."""
    ms = seconds * 1000
    return f"{ms:.1f} ms" if ms < 10 else f"{ms:.0f} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFigures:
    """`pulses` of `wanted`, within `waited_s`; `lost`: changes that no edge told of; `is_sensing`: by itself, as a PIR does."""

    name: str
    pin: int
    is_sensing: bool
    wanted: int
    waited_s: float
    pulses: int = 0
    edges: int = 0
    changes: int = 0
    lost: int = 0
    latencies_s: list[float] = field(default_factory=list)
    never_rested: bool = False
    still_active: bool = False
    storms: bool = False
    thread_is_dead: bool = False
    skipped: bool = False


def judge_input(seen: InputFigures) -> Finding:
    """Of a sensor or of the key switch."""
    at = f"pin {seen.pin}"
    if seen.thread_is_dead:
        return failed(seen.name, f"{at}: no edge is told of any more, the GPIO thread has died", "try again; please report it")
    if seen.storms:
        mend = f"a loose wire, no ground, or nothing on the pin; {_WIRING}"
        return failed(seen.name, f"{at}: it flutters, hundreds of edges in a second", mend)
    if seen.never_rested:
        return failed(seen.name, f"{at}: active from the beginning, for {seen.waited_s:g} s", _why_active(seen))
    if not seen.pulses:
        if seen.skipped:
            return unseen(seen.name, f"{at}: skipped")
        return failed(seen.name, f"{at}: not tripped once in {seen.waited_s:g} s", _why_silent(seen))
    return _judge_pulses(seen, f"{at}: {_counted(seen)}")


def _why_active(seen: InputFigures) -> str:
    if seen.is_sensing:
        return f"is OUT on this pin, is it still warming up, does something move before it? {_WIRING}"
    return f"the contact is closed, or its wire touches ground; one that is closed at rest wants active_high; {_WIRING}"


def _why_silent(seen: InputFigures) -> str:
    if seen.is_sensing:
        return f"OUT on this pin, VCC on 5 V, ground; {_WIRING}"
    return f"one wire on this pin, the other on ground; does the contact close at all? {_WIRING}"


def _counted(seen: InputFigures) -> str:
    bounces = max(0, seen.edges - (seen.changes - seen.lost))
    words = [figure(seen.pulses, "pulse"), figure(bounces, "bounce") + " swallowed"]
    if seen.latencies_s:
        middle, longest = percentile(seen.latencies_s, 0.5), max(seen.latencies_s)
        words.append(f"edge to event log {milliseconds(middle)}, at most {milliseconds(longest)}")
    return ", ".join(words)


def _judge_pulses(seen: InputFigures, text: str) -> Finding:
    longest_s = max(seen.latencies_s, default=None)
    if longest_s is None:
        return failed(seen.name, f"{text}; no event was accepted", "is the card full, or failing? see `card` and `disk`")
    if longest_s > LATE_EVENT_S:
        return failed(seen.name, text, "an alarm would be late: see `card`, and what else runs here")
    if seen.lost:
        mend = "the agent reads each line again every second and has it all the same; please report it"
        return warning(seen.name, f"{text}; {figure(seen.lost, 'change')} without an edge", mend)
    if seen.still_active and not seen.is_sensing:
        return failed(
            seen.name, f"{text}; it does not let go", f"a contact that is welded or jammed, or a wire that touches; {_WIRING}"
        )
    if seen.still_active:
        return warning(seen.name, f"{text}; active still after {seen.waited_s:g} s", "turn its time knob fully left")
    if seen.pulses < seen.wanted:
        mend = "once more, with weight: some presses were lost, or not made"
        return warning(seen.name, f"{text}; {seen.wanted} were asked for in {seen.waited_s:g} s", mend)
    if seen.edges - seen.changes > MANY_BOUNCES * seen.changes:
        return warning(seen.name, text, "a worn contact or a bad cable: raise hold_off_s")
    if longest_s > SLOW_EVENT_S:
        return warning(seen.name, text, "slow: see `card`, and what else runs here")
    return ok(seen.name, text)


def judge_siren(pin: int, asked_s: float, sounded_s: float, heard: bool | None) -> Finding:
    text = f"pin {pin}: on for {milliseconds(sounded_s)}"
    if sounded_s > asked_s + LATE_SIREN_S:
        return warning("siren", f"{text}, {milliseconds(asked_s)} were asked for", "what else runs here? `top`")
    if heard is None:
        return ok("siren", f"{text}; nobody said whether it was heard")
    if heard:
        return ok("siren", f"{text}, heard")
    mend = f"its own supply and its ground with the Pi's; does its board want active_high = false? {_WIRING}"
    return failed("siren", f"{text}, not heard", mend)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServoFigures:
    """`moves` are (angle, seconds that the pulses took, None where they did not get there)."""

    pin: int
    driver: str
    moves: list[tuple[float, float | None]]
    fault: str = ""
    turned: bool | None = None


def judge_servo(seen: ServoFigures) -> Finding:
    gone = ", ".join(f"{angle:+g}° in {took:.1f} s" if took is not None else f"{angle:+g}° not" for angle, took in seen.moves)
    text = f"pin {seen.pin}, pulses by {seen.driver}: {gone}"
    if seen.fault:
        return failed("servo", f"{text}; {seen.fault}", "`vigie doctor` looks at pins and PWM")
    if any(took is None for _, took in seen.moves):
        return failed("servo", text, "what else runs here? `top`; please report it")
    if seen.turned is False:
        mend = f"its own supply, its ground with the Pi's, signal on this pin, and dtoverlay=pwm-2chan with it; {_WIRING}"
        return failed("servo", f"{text}; it did not turn as it should", mend)
    if seen.driver == "gpiozero":
        mend = "`dtoverlay=pwm-2chan,pin=12,func=4,pin2=13,func2=4` in /boot/firmware/config.txt, then restart"
        return warning("servo", f"{text}; without kernel PWM, coarse and trembling", mend)
    return ok("servo", text + (", seen to turn" if seen.turned else "; nobody said whether it turned"))


def judge_supply(before: bool | None, during: bool | None) -> Finding | None:
    """Whether the supply bears the servo; None where the machine does not tell."""
    if during is None:
        return None
    if during and not before:
        return failed("supply", "the voltage broke down while the servo moved", _SUPPLY)
    if during:
        return failed("supply", "under-voltage, or too hot, before the servo moved already", _SUPPLY)
    return ok("supply", "no under-voltage while the servo moved")


def judge_card(times_s: list[float]) -> Finding:
    """Of the time that small writes took to be safe; at least one."""
    middle, slowest = percentile(times_s, 0.5), percentile(times_s, 0.99)
    text = f"fsync of 4 kB: p50 {milliseconds(middle)}, p99 {milliseconds(slowest)}, {figure(len(times_s), 'write')}"
    if slowest > FAILING_CARD_S:
        return failed("card", text, "each event waits for that: the card is failing or a very slow one, replace it")
    if slowest > SLOW_CARD_S:
        return warning("card", text, "slow: an A1 card, and nothing else that writes to it")
    return ok("card", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFigures:
    """`first_picture_s` after the start of its process. `troubles` are those that it told, in its words."""

    source: str
    encoder: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    wanted_fps: float | None = None
    first_picture_s: float | None = None
    waited_s: float = 0.0
    troubles: tuple[str, ...] = ()


def judge_camera(seen: CameraFigures) -> Finding:
    if seen.first_picture_s is None:
        why = "; ".join(seen.troubles) or f"no picture within {seen.waited_s:g} s"
        return failed("camera", f"{seen.source}: {why}", "`vigie doctor` looks at library and device; docs/guide/cameras.md")
    text = f"{seen.source}: {seen.width}x{seen.height} at {seen.fps:g} fps by {seen.encoder}, first picture after "
    text += f"{seen.first_picture_s:.1f} s"
    if seen.troubles:
        return warning("camera", f"{text}; {'; '.join(seen.troubles)}", "look at what it sees, and at docs/guide/cameras.md")
    if seen.wanted_fps is not None and seen.fps < ENOUGH_FPS * seen.wanted_fps:
        mend = "less: width, height or fps in [camera]; a USB camera wants light"
        return warning("camera", f"{text}, {seen.wanted_fps:g} are asked for", mend)
    if seen.first_picture_s > SLOW_CAMERA_S:
        return warning("camera", text, "the agent calls that a trouble: what else runs here? `top`")
    return ok("camera", text)


def judge_picture(size_bytes: int | None) -> Finding:
    """Of the still; None where there was none in time."""
    if size_bytes is None:
        return failed("picture", "no picture came onto the card", "is there room? see `disk`")
    return ok("picture", f"JPEG of {size(size_bytes)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFigures:
    """`frames` as decoded; `pre_roll_s` of what could be there, `wanted_pre_roll_s`. `error` where it cannot be played."""

    frames: int = 0
    duration_s: float = 0.0
    pre_roll_s: float = 0.0
    wanted_pre_roll_s: float = 0.0
    size_bytes: int = 0
    error: str = ""


_PRE_ROLL_SLACK_S = 1.0
"""The ring begins at a keyframe, so a second of it may lack."""


def judge_clip(seen: ClipFigures) -> Finding:
    if seen.error:
        return failed("clip", seen.error, "is there room? see `disk`; please report it")
    if not seen.frames:
        return failed("clip", f"{size(seen.size_bytes)} without a picture in it", "please report it")
    text = f"{seen.duration_s:.1f} s, {figure(seen.frames, 'picture')}, {seen.pre_roll_s:.1f} s of it from before the trigger"
    if seen.pre_roll_s < seen.wanted_pre_roll_s - _PRE_ROLL_SLACK_S:
        return warning("clip", f"{text}; {seen.wanted_pre_roll_s:g} s were to be had", "please report it")
    return ok("clip", f"{text}, {size(seen.size_bytes)}")
