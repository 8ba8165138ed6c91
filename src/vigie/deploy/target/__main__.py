"""`python3 -m vigie.deploy.target FOLDER`, with `tool.zip` as PYTHONPATH: does what FOLDER/order.json says."""

import sys
from pathlib import Path

from vigie.deploy.target.main import at_boot, main

sys.exit(at_boot() if sys.argv[1] == "--undo" else main(Path(sys.argv[1])))
