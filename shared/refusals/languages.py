"""The six languages whose refusals are read."""

from typing import Final

from shared.refusals import english, french, german, italian, portuguese, spanish
from shared.refusals.wording import Wording

WORDINGS: Final[tuple[Wording, ...]] = (
    english.WORDING,
    german.WORDING,
    spanish.WORDING,
    french.WORDING,
    italian.WORDING,
    portuguese.WORDING,
)
