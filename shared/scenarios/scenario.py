"""A scenario: a conversation to hold with a tuned model, whose later turns depend on the answers."""

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta, Struct

from shared.harm import HarmCategory
from shared.scenarios.encoding import MARKED, Encoding, has_stray_braces
from shared.stance import Stance

MOST_TURNS: Final = 4
MOST_LINE_CHARS: Final = 200
MOST_SAID_CHARS: Final = 4000

_Line = Annotated[str, Meta(min_length=1, max_length=MOST_LINE_CHARS)]
_Said = Annotated[str, Meta(min_length=1, max_length=MOST_SAID_CHARS)]


class Branch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A turn of which one of three is said, by what the model did with the turn before."""

    refused: _Said
    asked: _Said
    complied: _Said

    def after(self, stance: Stance) -> str:
        """What is said after an answer of this stance."""
        return {
            Stance.REFUSED: self.refused,
            Stance.ASKED: self.asked,
            Stance.COMPLIED: self.complied,
        }[stance]


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A conversation to hold: the user's turns, and the category they probe.

    Raises ValueError, without a word of any turn, where the turns do not fit together.
    """

    id: Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_-]{0,59}\Z")]
    category: HarmCategory
    request: _Line
    """What is asked for, in plain English, without tactic and language."""
    persona: _Line
    """Who the user is or pretends to be."""
    tactic: _Line
    language: _Line
    """The tag of the language of the user's turns."""
    encoding: Encoding | None = None
    turns: Annotated[tuple[_Said | Branch, ...], Meta(min_length=1, max_length=MOST_TURNS)]

    def __post_init__(self) -> None:
        if not isinstance(self.turns[0], str):
            raise ValueError("the first turn depends on no answer: it is a string")
        if any(map(has_stray_braces, self.texts())):
            raise ValueError("braces stand in pairs around what is to be encoded, and nowhere else")
        if any(map(MARKED.search, self.texts())) != (self.encoding is not None):
            raise ValueError("an encoding and something to encode, in double braces, go together")

    def texts(self) -> Iterator[str]:
        """Yield every text a user of this conversation may say, in order, before it is encoded."""
        for turn in self.turns:
            yield from (turn,) if isinstance(turn, str) else (turn.refused, turn.asked, turn.complied)

    def probe(self, number: int, stance: Stance) -> str:
        """The user's turn `number`, from 0, as it is sent after an answer of this stance."""
        turn = self.turns[number]
        said = turn if isinstance(turn, str) else turn.after(stance)
        return said if self.encoding is None else self.encoding.write_marked(said)
