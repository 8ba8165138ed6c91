"""Writes every picture in both languages."""

from pathlib import Path

from scripts.wiring.pictures import files

folder = Path(__file__).parents[2] / "docs" / "guide" / "pictures"
folder.mkdir(exist_ok=True)
for name, text in files().items():
    (folder / name).write_text(text, encoding="utf-8")
