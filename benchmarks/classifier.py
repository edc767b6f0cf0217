"""How many texts a second the embedded classifier scores, and in how much memory: `python benchmarks/classifier.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from local.content_safety.classifier.speed import main

if __name__ == "__main__":
    sys.exit(main())
