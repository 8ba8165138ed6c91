"""Whom a broker of a site must not let in, and what it must not deliver: each attempt says whether it got through.

Nothing is judged by what the broker answers: a SUBACK or a PUBACK may grant what is then withheld, and the other way round.
"""

import asyncio
import gc
import itertools
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from tests.certificates import Authority, agreed_version
from tests.deploy.raw_mqtt import Ended, Login, RawClient
from tests.deploy.sites import ASite
from vigie.protocol.states import Mode, ModeRecord
from vigie.runtime.broker_url import BrokerSettings
from vigie.runtime.mode_keys import ModeKey, Writers, read_key
from vigie.runtime.mqtt import BrokerError, Identity, connect

EVIL, VICTIM, REVOKED, ROTATED = "raspberry-01", "raspberry-02", "raspberry-03", "raspberry-04"
SECRETS = {
    VICTIM: (
        f"results/{VICTIM}/servo",
        f"replays/{VICTIM}",
        f"states/{VICTIM}/media",
        f"states/{VICTIM}/servo",
        f"status/{VICTIM}",
    ),
    "bridge": (f"commands/{VICTIM}/servo", f"acks/{VICTIM}"),
    "operator": ("doctor/somebody",),
}
MAY_READ = {
    "operator": {topic for topics in SECRETS.values() for topic in topics} - {f"states/{VICTIM}/media", f"replays/{VICTIM}"},
    f"tool.{EVIL}": {"doctor/somebody"},
}
_numbers = itertools.count()


class Stage:
    """A site whose broker runs, and three witnesses on it: bridge, operator, and the device that is attacked."""

    def __init__(self, site: ASite, old_passwords: dict[str, str], authority: Authority) -> None:
        self.site = site
        self.old_passwords = old_passwords
        self.authority = authority
        self.tls = site.tls
        self.witnesses: dict[str, RawClient] = {}

    def login(self, user: str, **more: object) -> Login:
        return replace(Login(user, self.site.password(user), client_id=user), **more)

    def connect(self, login: Login) -> RawClient:
        return RawClient.connect(self.site.tls_port, login, self.tls)

    def gather(self) -> None:
        """Every witness is there and listens."""
        for user in ("bridge", "operator", VICTIM):
            known = self.witnesses.get(user)
            if known is None or not known.is_through():
                if known is not None:
                    known.close()
                self.witnesses[user] = self.connect(self.login(user))
                self.witnesses[user].subscribe("#")

    @contextmanager
    def person(self, user: str, **more: object) -> Iterator[RawClient]:
        """Who is a witness as well keeps its connection: a second one would be the end of it."""
        if user in self.witnesses and not more:
            yield self.witnesses[user]
            return
        client = self.connect(self.login(user, **more))
        try:
            yield client
        finally:
            client.close()

    def hears(self, mark: bytes) -> bool:
        """Whether a witness gets this, live or out of the broker's memory."""
        sentinel = _mark()
        for witness in self.witnesses.values():
            witness.subscribe("#")
        self.witnesses[VICTIM].publish(f"sensors/{VICTIM}/sentinel", sentinel)
        heard = [payload for witness in self.witnesses.values() for _, payload in witness.read_until(sentinel)]
        return any(mark in payload for payload in heard)

    def spill(self) -> None:
        """Everybody says on every topic of theirs what is not for all."""
        for user, topics in SECRETS.items():
            for topic in topics:
                self.witnesses[user].publish(topic, f"secret {topic}".encode(), retain=topic.startswith("stat"))
            assert self.witnesses[user].is_through()

    def close(self) -> None:
        for witness in self.witnesses.values():
            witness.close()


@dataclass(frozen=True)
class Attempt:
    """`got_through` on a stage. `bites`: on a broker without users and rights it does get through."""

    name: str
    got_through: Callable[[Stage], bool]
    bites: bool = True


def _mark() -> bytes:
    return b"mark %d;" % next(_numbers)


def _publish(stage: Stage, user: str, topic: str, *, version: int, retain: bool, properties: bytes, size: int) -> bool:
    mark = _mark()
    more = {} if user in stage.witnesses else {"version": version}
    with stage.person(user, **more) as person:
        with suppress(Ended):  # before it had said all of it
            person.publish(topic, mark.ljust(size, b"x"), retain=retain, properties=properties, qos=1)
        person.is_through()
        return stage.hears(mark)


def publish(
    user: str, topic: str, *, version: int = 5, retain: bool = False, bites: bool = True, properties: bytes = b"", size: int = 0
) -> Attempt:
    run = partial(_publish, user=user, topic=topic, version=version, retain=retain, properties=properties, size=size)
    return Attempt(f"{user} publishes {'retained ' * retain}on {topic} in MQTT {version}{' much' * (size > 0)}", run, bites)


def _subscribe(stage: Stage, user: str, name: str) -> bool:
    with stage.person(user) as person:
        stage.spill()
        person.subscribe(name, f"heartbeats/{VICTIM}", "doctor/sentinel")
        stage.spill()
        sentinel = _mark()
        stage.witnesses[VICTIM].publish(f"heartbeats/{VICTIM}", sentinel)
        if user.startswith("tool."):
            sentinel = _mark()
            stage.witnesses["operator"].publish("doctor/sentinel", sentinel)
        heard = {payload.removeprefix(b"secret ").decode() for _, payload in person.read_until(sentinel) if b"secret" in payload}
    return bool(heard - MAY_READ.get(user, set()))


def subscribe(user: str, name: str, *, bites: bool = True) -> Attempt:
    return Attempt(f"{user} subscribes to {name}", partial(_subscribe, user=user, name=name), bites)


def _enter(stage: Stage, login: Callable[[Stage], Login], *, in_clear: bool) -> bool:
    try:
        RawClient.connect(stage.site.tls_port, login(stage), None if in_clear else stage.tls).close()
    except Ended:
        return False
    return True


def enter(name: str, login: Callable[[Stage], Login], *, bites: bool = True, in_clear: bool = False) -> Attempt:
    return Attempt(f"{name} wants to be let in", partial(_enter, login=login, in_clear=in_clear), bites)


def enter_as(user: str | bytes | None, password: str | None = "", *, bites: bool = True) -> Attempt:
    """With a password of one's own, `password` or that of the evil device."""
    name = repr(user) if user is None or len(user) < 100 else f"a name of {len(user)} letters"
    return enter(name, lambda stage: Login(user, stage.site.password(EVIL) if password == "" else password), bites=bites)


def _steal(stage: Stage, client_id: str, *, clean: bool, version: int) -> bool:
    """The place or the session of another one."""
    mark = _mark()
    with stage.person(EVIL, client_id=client_id, clean=clean, version=version) as thief:
        stage.witnesses["bridge"].publish(f"commands/{VICTIM}/servo", mark)
        is_robbed = not all(witness.is_through() for witness in stage.witnesses.values())
        thief.is_through()
        return is_robbed or any(mark in payload for _, payload in thief.messages)


def steal(client_id: str, *, clean: bool, version: int) -> Attempt:
    kind = "place" if clean else "session"
    return Attempt(
        f"{EVIL} takes the {kind} of {client_id} in MQTT {version}",
        partial(_steal, client_id=client_id, clean=clean, version=version),
    )


def _die(stage: Stage, topic: str, *, retain: bool, version: int) -> bool:
    """The last will is due when the next connection takes this one's place."""
    mark = _mark()
    try:
        with stage.person(EVIL, will=(topic, mark, retain), version=version), stage.person(EVIL, version=version) as next_one:
            next_one.is_through()
    except Ended:
        pass
    return stage.hears(mark)


def die(topic: str, *, retain: bool, version: int) -> Attempt:
    name = f"{EVIL} leaves a {'retained ' * retain}last will on {topic} in MQTT {version}"
    return Attempt(name, partial(_die, topic=topic, retain=retain, version=version))


def _clear_status(stage: Stage) -> bool:
    """An empty retained payload removes what is retained."""
    mark = _mark()
    stage.witnesses[VICTIM].publish(f"status/{VICTIM}", mark, retain=True)
    with stage.person(EVIL) as evil:
        evil.publish(f"status/{VICTIM}", b"", retain=True)
        evil.is_through()
    assert stage.witnesses[VICTIM].is_through()
    stage.hears(b"")  # what came live
    return not stage.hears(mark)


def _alias(stage: Stage) -> bool:
    """MQTT 5: the topic by its number, which was given to it in a refused message."""
    mark = _mark()
    with stage.person(EVIL) as evil:
        evil.publish(f"sensors/{VICTIM}/motion", b"refused", properties=b"\x23\0\1")
        evil.publish("", mark, properties=b"\x23\0\1")
        evil.is_through()
        return stage.hears(mark)


def _forge_mode(stage: Stage, forge: Callable[[ModeRecord, ModeKey], ModeRecord]) -> bool:
    """Devices may write `site/mode`, to put it back; by its signature everybody knows whether to believe it."""
    server = read_key(stage.site.folder / "hub" / "server-mode.key")
    assert server is not None
    record = ModeRecord(mode=Mode.SURVEILLANCE, stamp=(next(_numbers) + 1, 0, "server"), changed_by="anna")
    forged = forge(server.sign(record), ModeKey(b"k" * 32)).model_dump_json().encode()
    with stage.person(EVIL) as evil:
        evil.publish("site/mode", forged)
        assert evil.is_through()
    assert stage.hears(forged)
    return Writers({"server": server.public}).allow(ModeRecord.model_validate_json(forged))


def forge_mode(name: str, forge: Callable[[ModeRecord, ModeKey], ModeRecord]) -> Attempt:
    return Attempt(f"{EVIL} forges a mode: {name}", partial(_forge_mode, forge=forge), bites=False)


def _old_tls(stage: Stage, version: str) -> bool:
    return agreed_version(stage.site.tls_port, stage.site.ca, version) != "TLSV1_ALERT_PROTOCOL_VERSION"


def _pose(stage: Stage, *, with_site_ca: bool) -> bool:
    """As the broker: a Pi of the site connects, and must not tell its password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    bundle = stage.site.bundle(VICTIM)
    context.load_cert_chain(
        *((bundle / "camera.crt", bundle / "camera.key") if with_site_ca else stage.authority.issue("localhost"))
    )
    said: list[bytes] = []
    rogue = _listen(context, said)
    settings = BrokerSettings(
        url=f"mqtts://localhost:{rogue.getsockname()[1]}",
        username=VICTIM,
        password=stage.site.password(VICTIM),
        tls_ca=stage.site.ca,
    )
    try:
        asyncio.run(_try(settings))
    finally:
        rogue.close()
    for thread in threading.enumerate():
        if thread.name == "mqtt connect":
            thread.join(5)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ResourceWarning
        )  # paho lets go of a socket on which there was no TLS, and does not close it
        gc.collect()
    return bool(said)


def _listen(context: ssl.SSLContext, said: list[bytes]) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            plain, _ = listener.accept()
            with plain, context.wrap_socket(plain, server_side=True) as encrypted:
                said.append(encrypted.recv(4096))
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()
    return listener


async def _try(settings: BrokerSettings) -> None:
    try:
        async with connect(settings, Identity("vigie-test")):
            pass
    except BrokerError:
        pass


_FORBIDDEN = (
    *(
        f"sensors/{VICTIM}/motion",
        f"sensors/{VICTIM}/alarm",
        f"results/{VICTIM}/servo",
        f"heartbeats/{VICTIM}",
        f"replays/{VICTIM}",
    ),
    *(f"states/{VICTIM}/alarm", f"status/{VICTIM}", f"commands/{VICTIM}/servo", f"commands/{VICTIM}/siren", f"acks/{VICTIM}"),
    *(f"acks/{EVIL}", f"commands/{EVIL}/record", f"doctor/{EVIL}", "sensors/bridge/motion", f"sensors/tool.{EVIL}/motion"),
    *("site/mode/x", "site", f"sensors/{EVIL}", f"sensors/{EVIL}/a/b", f"/sensors/{VICTIM}/motion", f"sensors/{VICTIM}"),
    *(f"sensors/{EVIL}/../{VICTIM}/motion", f"Sensors/{EVIL}/motion", "homeassistant/switch/x/config"),
)
_OVERREACH = (
    (f"tool.{EVIL}", f"sensors/{EVIL}/motion"),
    (f"tool.{EVIL}", f"commands/{VICTIM}/siren"),
    (f"tool.{EVIL}", f"acks/{EVIL}"),
    ("operator", f"acks/{VICTIM}"),
    ("operator", f"sensors/{VICTIM}/motion"),
    ("operator", f"replays/{VICTIM}"),
    ("bridge", f"sensors/{VICTIM}/motion"),
    ("bridge", f"status/{VICTIM}"),
    ("bridge", f"states/{VICTIM}/media"),
    ("provision", f"commands/{VICTIM}/servo"),
    ("provision", "site/mode"),
)

ATTEMPTS: tuple[Attempt, ...] = (
    enter_as(None, None),
    enter_as(EVIL, None),
    enter("a wrong password", lambda _stage: Login(EVIL, "wrong")),
    enter_as("", ""),
    enter(
        "a hash for a password",
        lambda stage: Login(EVIL, (stage.site.folder / "broker/passwd").read_text().split(":")[1].split()[0]),
    ),
    enter("a device with another's password", lambda stage: Login(EVIL, stage.site.password(VICTIM))),
    enter("a revoked device", lambda stage: Login(REVOKED, stage.old_passwords[REVOKED])),
    enter("the tool of a revoked device", lambda stage: Login(f"tool.{REVOKED}", stage.old_passwords[REVOKED])),
    enter("a password from before a rotation", lambda stage: Login(ROTATED, stage.old_passwords[ROTATED])),
    *(
        enter_as(user)
        for user in ("bridge", "operator", "provision", "tool.bridge", f"tool.{VICTIM}", "admin", "root", "mosquitto")
    ),
    *(
        enter_as(user)
        for user in ("+", "#", f"{EVIL}/#", "raspberry-+", EVIL.upper(), f"{EVIL} ", f"{EVIL}:", "$SYS", "a" * 60_000)
    ),
    *(enter_as(user, bites=False) for user in (f"{EVIL}\n", b"\xff\xfe", EVIL.encode() + b"\0")),
    enter("in clear where TLS is wanted", lambda stage: stage.login(EVIL), in_clear=True, bites=False),
    Attempt("TLS 1.0", partial(_old_tls, version="TLSv1"), bites=False),
    Attempt("TLS 1.1", partial(_old_tls, version="TLSv1_1"), bites=False),
    Attempt("a broker with a certificate of another authority", partial(_pose, with_site_ca=False), bites=False),
    Attempt("a Pi of the site that poses as the broker", partial(_pose, with_site_ca=True), bites=False),
    *(
        steal(client_id, clean=clean, version=version)
        for client_id, clean, version in itertools.product((VICTIM, "bridge"), (True, False), (4, 5))
    ),
    *(publish(EVIL, topic, version=version) for topic, version in itertools.product(_FORBIDDEN, (4, 5))),
    *(
        publish(EVIL, topic, retain=True)
        for topic in (f"commands/{VICTIM}/servo", f"status/{VICTIM}", f"states/{VICTIM}/media", "x")
    ),
    *(publish(EVIL, topic, bites=False) for topic in ("sensors/+/motion", "sensors/#", f"$SYS/broker/{EVIL}", "$share/g/x", "")),
    publish(EVIL, f"sensors/{EVIL}/motion", size=200_000),
    *(publish(user, topic) for user, topic in _OVERREACH),
    *(
        die(topic, retain=retain, version=4 + retain)
        for topic in (f"status/{VICTIM}", f"commands/{VICTIM}/siren")
        for retain in (False, True)
    ),
    Attempt(f"{EVIL} removes the status of {VICTIM}", _clear_status),
    Attempt(f"{EVIL} publishes by a topic's number", _alias),
    *(
        subscribe(EVIL, name)
        for name in ("#", "+/+/+", f"+/{VICTIM}/+", f"+/{VICTIM}/#", "commands/#", "commands/+/servo", "acks/#")
    ),
    *(subscribe(EVIL, name) for name in (f"acks/{VICTIM}", "results/#", "replays/+", "states/#", "states/+/media", "status/+")),
    *(subscribe(EVIL, name) for name in ("doctor/#", "$share/g/commands/#", f"$share/g/acks/{VICTIM}")),
    *(subscribe(EVIL, name, bites=False) for name in ("$SYS/#", "/#")),
    *(subscribe(user, name) for user, name in ((f"tool.{EVIL}", "#"), ("operator", "states/+/media"), ("operator", "replays/#"))),
    forge_mode("unsigned", lambda record, _own: record.model_copy(update={"signature": None})),
    forge_mode("with a key of its own", lambda record, own: own.sign(record)),
    forge_mode("another mode under a good signature", lambda record, _own: record.model_copy(update={"mode": Mode.ACTIVE})),
    forge_mode("a newer stamp", lambda record, _own: record.model_copy(update={"stamp": (2**50, 0, "server")})),
    forge_mode("another's name", lambda record, _own: record.model_copy(update={"changed_by": "ben"})),
)
