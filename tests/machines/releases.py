"""Releases that are not this one: broken ones, and the one before."""

import shutil
import subprocess
import zipfile
from pathlib import Path

from tests.machines.base import ROOT


def changed(wheel: Path, folder: Path, version: str, **replaced: str) -> Path:
    """The wheel under another version, with the text of some modules replaced or added (`agent__app` is vigie/agent/app.py)."""
    texts = {f"vigie/{name.replace('__', '/')}.py": text for name, text in replaced.items()}
    old = wheel.name.split("-")[1]
    path = folder / wheel.name.replace(old, version)
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as before, zipfile.ZipFile(path, "w") as after:
        for entry in before.infolist():
            content = before.read(entry)
            name = entry.filename.replace(f"vigie-{old}.dist-info", f"vigie-{version}.dist-info")
            if name.endswith("/METADATA"):
                content = content.replace(f"Version: {old}".encode(), f"Version: {version}".encode())
            if name.endswith("/RECORD"):
                content = "".join(
                    f"{line.partition(',')[0].replace(old, version)},,\n" for line in content.decode().splitlines()
                ).encode()
            after.writestr(name, texts.pop(name, None) or content)
        for name, text in texts.items():  # modules of its own
            after.writestr(name, text)
    return path


def built_from(commit: str, folder: Path) -> Path:
    """The wheel of an earlier commit of this repository, with today's dashboard: the programs are what is asked about."""
    tree = folder / "tree"
    git = ["git", "-C", str(ROOT)]
    subprocess.run([*git, "worktree", "add", "--quiet", "--detach", "--force", str(tree), commit], check=True)
    try:
        static = Path("src") / "vigie" / "server" / "static"
        shutil.copytree(ROOT / static, tree / static, dirs_exist_ok=True)
        command = [str(ROOT / "scripts" / "uv.sh"), "build", "--quiet", "--wheel", "--out-dir", str(folder)]
        subprocess.run(command, cwd=tree, check=True)
    finally:
        subprocess.run([*git, "worktree", "remove", "--force", str(tree)], check=True)
    return next(folder.glob("vigie-*.whl"))
