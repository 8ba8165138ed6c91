"""The wheel of the Vigie that runs here, made again from what is installed: a hub can give its own version to every
machine, with no index to ask. The same installation gives the same bytes.
"""

import base64
import hashlib
import io
import zipfile
from importlib import metadata
from pathlib import Path

_LEFT_TO_THE_INSTALLER = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}
_EPOCH = (1980, 1, 1, 0, 0, 0)


class CannotRepack(Exception):
    """What runs here is no installed package."""


def repack(folder: Path) -> Path:
    """Writes the wheel into `folder`. Raises `CannotRepack`, `OSError`."""
    found = metadata.distribution("vigie")
    files = {
        str(file): path
        for file in found.files or ()
        if (path := Path(str(file.locate()))).is_file() and file.parts[0] != ".." and "__pycache__" not in file.parts
    }
    if not any(name == "vigie/__init__.py" for name in files):
        raise CannotRepack(
            "this Vigie runs from its sources; give the wheel: scripts/uv.sh build --wheel, then --wheel dist/vigie-….whl"
        )
    metadata_folder = next(name.rpartition("/")[0] for name in files if name.endswith(".dist-info/METADATA"))
    path = folder / f"vigie-{found.version}-py3-none-any.whl"
    record = io.StringIO()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name in sorted(files):
            if name.startswith(metadata_folder) and name.rpartition("/")[2] in _LEFT_TO_THE_INSTALLER:
                continue
            content = files[name].read_bytes()
            _add(wheel, name, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.write(f"{name},sha256={digest},{len(content)}\n")
        record.write(f"{metadata_folder}/RECORD,,\n")
        _add(wheel, f"{metadata_folder}/RECORD", record.getvalue().encode())
    return path


def _add(wheel: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    wheel.writestr(entry, content)
