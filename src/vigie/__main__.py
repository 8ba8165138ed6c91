"""`python -m vigie` is the same program as `vigie`."""

import sys

from vigie.cli import main

if __name__ == "__main__":
    sys.exit(main())
