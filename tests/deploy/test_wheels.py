"""A Raspberry Pi compiles nothing: what the lock installs there has a wheel, or is named here."""

import pytest

from tests.lock import Machine, locked, without_wheel

EVERYTHING = ("agent", "camera", "bridge", "server", "provision")
PYTHONS = ("3.11", "3.12", "3.13")


@pytest.mark.parametrize("python", PYTHONS)
def test_a_64_bit_pi_installs_each_extra_from_wheels_alone(python):
    assert without_wheel(Machine(python, "aarch64"), EVERYTHING) == []


@pytest.mark.parametrize("python", PYTHONS)
def test_only_lgpio_differs_from_one_python_to_the_next(python):
    """From 3.13 on it comes from apt: PyPI has no wheel of it."""
    names = {one.name for one in locked(Machine(python, "aarch64"), EVERYTHING)}
    assert len(names) > 30
    assert ("lgpio" in names) == (python != "3.13")


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("extra", "names"),
    [
        ("agent", ["cffi", "pynacl"]),
        ("camera", ["av"]),
        ("bridge", ["cffi", "pynacl"]),
        ("server", ["argon2-cffi-bindings", "av", "cffi", "pynacl"]),
        ("provision", ["cffi", "pynacl"]),
    ],
)
def test_what_a_32_bit_pi_has_to_get_elsewhere(python, extra, names):
    """As docs/design/dependencies.md says."""
    assert without_wheel(Machine(python, "armv7l"), (extra,)) == names


def test_a_wheel_of_another_machine_or_python_is_none():
    lgpio = {one.name: one for one in locked(Machine("3.12", "aarch64"), ("agent",))}["lgpio"]
    assert lgpio.wheel
    assert without_wheel(Machine("3.11", "riscv64"), ("server",))
