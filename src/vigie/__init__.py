"""Vigie: a home and small-site watch on Raspberry Pis that works whole on the local network."""

__version__ = "0.1.0"
