"""`python -m coach.cli`, where the `coach` script is not on the path."""

import sys

from coach.cli import main

sys.exit(main())
