"""Writes docs/reference/openapi.json from the server's routes."""
# ruff: noqa: INP001

from pathlib import Path

from vigie.server.api.openapi import as_text
from vigie.server.app import build_api

(Path(__file__).parents[1] / "docs" / "reference" / "openapi.json").write_text(as_text(build_api()), encoding="utf-8")
