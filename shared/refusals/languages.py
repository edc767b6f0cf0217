"""The six languages whose refusals are read."""

import re
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

NO: Final[tuple[re.Pattern[str], ...]] = tuple(
    map(
        re.compile,
        (
            r"n't\b|\b(?:not|cannot|no|nope|unable|unwilling|declin|refus|against|beyond|outside|afraid)",
            r"\b(?:nein|nicht|kein|ablehn|lehne|weiger|verstosst|widerspricht|leider)",
            r"\b(?:no|ni|niego|negarme|lamento|siento|contra|rechaz|imposible)\b",
            r"\b(?:non|ne|pas|refus|depasse|contre|impossible|regrette|crains|declin)|\bn'",
            r"\b(?:no|non|rifiut|contro|impossibile|spiace|rinunci|declin)",
            r"\b(?:nao|nem|recus|contra|lamento|impossivel|negar|sinto)",
        ),
    )
)
"""Of each language what stands in every refusal: without one of these nothing is looked for. That a pattern could match
without them would only mean that its clause is not taken out; a test holds them to all authored refusals."""
