"""`python3 -m vigie.deploy.target FOLDER`, with `tool.zip` as PYTHONPATH: does what FOLDER/order.json says."""

import sys
from pathlib import Path

from vigie.deploy.target.install import main

sys.exit(main(Path(sys.argv[1])))
