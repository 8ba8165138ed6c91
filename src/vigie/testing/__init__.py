"""Fakes that ship: a clock turned by hand, simulated pins and the house that drives them."""

from vigie.testing.fake_clock import FakeClock

__all__ = ["FakeClock"]
