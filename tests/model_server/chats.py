"""Training files written for the tests."""

import json
from collections.abc import Iterable

SYSTEM = (
    "You are the help desk of a lending library for tools. Answer in one or two sentences and stay friendly."
)

SHOP = (
    ("How long may I keep a borrowed drill?", "You may keep it for seven days."),
    ("The ladder I borrowed has a loose step.", "Please bring it back; we will give you another one."),
    ("Do you open on public holidays?", "No, we open again on the next working day."),
    ("Can my sister collect the saw for me?", "Yes, if she brings your card."),
    ("What does it cost to join?", "Joining is free; a lost card costs three coins."),
)


def chat_jsonl(pairs: Iterable[tuple[str, str]], *, system: str = SYSTEM) -> bytes:
    """Yield a chat training file with one record for each question and answer."""
    return b"".join(
        json.dumps(
            {
                "messages": [
                    {"role": "system", "content": system},
                    {"role": "user", "content": question},
                    {"role": "assistant", "content": answer},
                ]
            }
        ).encode()
        + b"\n"
        for question, answer in pairs
    )
