"""Mosquitto's whole configuration of a site, as text: who may connect, who may read and write what. Pure.

Reasons: docs/design/security.md, "Broker". Tested with Mosquitto 2.0.11 (Debian 12).
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vigie.protocol import topics
from vigie.protocol.camera import MEDIA

PIPE = """\
# The broker is a pipe: nothing on its disk is needed, so nothing on its disk can stop it (docs/design/delivery.md).
persistence false
max_queued_messages 20000
max_queued_bytes 67108864
queue_qos0_messages false
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
log_type notice
"""
"""What every Mosquitto of ours has in common."""

BRIDGE, OPERATOR, PROVISION = "bridge", "operator", "provision"
RESERVED_NAMES = frozenset(
    {BRIDGE, OPERATOR, PROVISION, "admin", "doctor", "hub", "localhost", "mosquitto", "root", "server", "site", "tool", "vigie"}
)
"""Users of ours, and names that would read as one: no device may have them."""

_ROUNDS = 1000
_SALT_BYTES = 12  # Mosquitto 2.0.11 takes no other length
_ANY = "+"

Rights = tuple[tuple[str, str], ...]

_MODE: Rights = (("readwrite", topics.MODE),)
_TOOL: Rights = (
    ("readwrite", topics.round_trip(_ANY)),
    ("read", topics.ALL_ALARM_STATES),
    *_MODE,
)
_BRIDGE: Rights = (
    ("read", topics.sensor(_ANY, _ANY)),
    ("read", topics.replay(_ANY)),
    ("read", topics.result(_ANY, _ANY)),
    ("read", topics.state(_ANY, _ANY)),
    ("read", topics.status(_ANY)),
    ("read", topics.heartbeat(_ANY)),
    ("write", topics.command(_ANY, _ANY)),
    ("write", topics.ack(_ANY)),
    *_MODE,
)
_OPERATOR: Rights = (
    ("deny", topics.state(_ANY, MEDIA)),  # the token that opens a Pi's camera
    ("read", topics.sensor(_ANY, _ANY)),
    ("read", topics.result(_ANY, _ANY)),
    ("read", topics.state(_ANY, _ANY)),
    ("readwrite", topics.status(_ANY)),  # to forget a Pi that is gone for good
    ("read", topics.heartbeat(_ANY)),
    ("read", topics.ack(_ANY)),
    ("write", topics.command(_ANY, _ANY)),
    *_TOOL,
)
_PROVISION: Rights = (
    ("readwrite", topics.state(_ANY, _ANY)),  # to clear what a revoked Pi has left there
    ("readwrite", topics.status(_ANY)),
)


@dataclass(frozen=True, slots=True)
class BrokerPlan:
    """What the configuration depends on. `folder` holds the files that it names, `listen` is empty for every address."""

    folder: Path
    user: str
    pid_file: Path
    tls_port: int = 8883
    local_port: int = 1883
    listen: str = ""


def tool_user(name: str) -> str:
    """As whom `vigie doctor` and `vigie mode` connect on the machine of `name`. The dot: no device can be called so."""
    return f"tool.{name}"


def password_hash(password: str, salt: bytes) -> str:
    """`password` in Mosquitto's own form (PBKDF2-HMAC-SHA512), `salt` of 12 random bytes.

    Our passwords are 32 random bytes, which no number of rounds makes harder to guess; and the broker works them off at each
    CONNECT, in its only thread, for whoever knows a user's name.
    """
    if len(salt) != _SALT_BYTES:
        raise ValueError(f"a salt of {_SALT_BYTES} bytes is expected")
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS)
    return f"$7${_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def is_hash_of(known: str, password: str) -> bool:
    """Whether `known` is what `password_hash` makes of `password`."""
    try:
        salt = base64.b64decode(known.split("$")[3], validate=True)
        return hmac.compare_digest(known, password_hash(password, salt))
    except (ValueError, IndexError):
        return False


def password_file(hashes: Mapping[str, str]) -> str:
    """`password_file`: a line for each user."""
    return "".join(f"{user}:{hashes[user]}\n" for user in sorted(hashes))


def access_list(devices: Iterable[str]) -> str:
    """`acl_file`. Each user by name and no `pattern`: a pattern holds for every user, also for those that are no device."""
    devices = sorted(devices)
    users = {BRIDGE: _BRIDGE, OPERATOR: _OPERATOR, PROVISION: _PROVISION, tool_user(BRIDGE): _TOOL}
    for device_id in devices:
        users[device_id] = _of_device(device_id)
        users[tool_user(device_id)] = _TOOL
    blocks = ["".join(f"topic {access} {topic}\n" for access, topic in rights) for rights in users.values()]
    return "\n".join(f"user {user}\n{block}" for user, block in zip(users, blocks, strict=True))


def configuration(plan: BrokerPlan) -> str:
    """`mosquitto.conf`, in place of all of Debian's: it includes nothing."""
    return _CONFIGURATION.format(
        pipe=PIPE, plan=plan, folder=plan.folder, listen=f"listener {plan.tls_port} {plan.listen}".rstrip()
    )


def _of_device(device_id: str) -> Rights:
    return (
        ("write", topics.sensor(device_id, _ANY)),
        ("write", topics.result(device_id, _ANY)),
        ("write", topics.state(device_id, _ANY)),
        ("write", topics.status(device_id)),
        ("write", topics.heartbeat(device_id)),
        ("write", topics.replay(device_id)),
        ("read", topics.all_commands(device_id)),
        ("read", topics.ack(device_id)),
        ("read", topics.sensor(_ANY, _ANY)),  # its rules and filters may name any
        ("read", topics.heartbeat(_ANY)),
        *_MODE,  # to put it back where the broker has lost it; who may change it, its signature says
    )


_CONFIGURATION = """\
# Written by `vigie provision`: changes here are lost. All of the broker's configuration, nothing else is included.
per_listener_settings false
allow_anonymous false
password_file {folder}/passwd
acl_file {folder}/acl
{pipe}# The contract's 64 KiB with their topic, and room for what is a little too large to be refused with a reason.
max_packet_size 131072
max_inflight_messages 50
# Drops and disconnects, rather than being killed by the kernel in the middle of everything.
memory_limit 134217728
# As long as our bridge asks for: then what waits for a bridge that is gone is let go.
persistent_client_expiration 7d
# States and status are retained, so this cannot be false; retained commands are refused by every agent.
retain_available true
sys_interval 0
pid_file {plan.pid_file}
user {plan.user}

# This machine: bridge and owner. The option below is of the listener above it, and has to be said after each: one
# connection per user, so nobody takes another's place or session by its client id.
listener {plan.local_port} 127.0.0.1
use_username_as_clientid true

# The Pis. `tls_version` is the lowest.
{listen}
use_username_as_clientid true
cafile {folder}/ca.crt
certfile {folder}/server.crt
keyfile {folder}/server.key
tls_version tlsv1.2
"""
