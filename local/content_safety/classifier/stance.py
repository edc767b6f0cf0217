"""How a text stands to what it names: cues that a refusal, a helpline or a quotation gives."""

import re
from collections.abc import Iterator
from typing import Final

_OPENING_TOKENS: Final = 40
"""A refusal announces itself early; the same words late in a text are no sign of one."""

_OPENING_CUES: Final = {
    "refusal": r"\b(?:(?:can't|cannot|can not|won't|will not|unable to|not able to|not going to"
    r"|not comfortable"
    r"|must decline|have to decline|i decline) (?:\w+ ){0,3}?(?:help|assist|provide|create|write|share"
    r"|do that|describe|tell|say|agree|pretend|advise|recommend|suggest|encourage|plan|make"
    r"|fulfil|fulfill|comply|support|engage|generate|offer|give|produce|continue|discuss|answer|go along)"
    r"|(?:i'm sorry|i am sorry|sorry|i apologi[sz]e|apologies) ?,? (?:but|i can)|i'd rather not|as an ai\b"
    r"|i must decline|i have to decline|not something i can|against my (?:guidelines|programming))",
}
_ANYWHERE_CUES: Final = {
    "helpline": r"\b(?:helpline|hotline|lifeline|crisis (?:line|centre|center|text)|emergency services"
    r"|emergency number"
    r"|samaritans|counsel(?:l)?ors?|therapist|mental health professional|someone you trust|reach out"
    r"|not alone|people who care|professional help)\b",
    "condemnation": r"\b(?:is wrong|are wrong|unacceptable|condemn(?:s|ed|ing)?|never okay|not okay"
    r"|never acceptable"
    r"|not acceptable|harmful stereotypes?|hurtful|hateful|dangerous and|illegal and|unethical"
    r"|deserves? (?:respect|dignity|safety|to be treated)|regardless of)\b",
    "prevention": r"\b(?:prevent(?:s|ed|ing|ion)?|protect(?:s|ed|ing|ion)?|report(?:s|ed|ing)?|survivors?"
    r"|victims? of"
    r"|support(?:s|ed|ing|ive)? (?:a|for|someone|people)|awareness|warning signs|stay(?:ing)? safe)\b",
    "quotation": r"(?:\b(?:quoted?|wrote|said|says|claims?|claimed|the (?:novel|film|play|article|study|report"
    r"|court|historian|museum))\b|\" ?,? (?:he|she|they|the) )",
    "question": r"^(?:how|what|why|when|where|who|which|can|could|is|are|do|does|did|should|would)\b",
}
_OPENING = {name: re.compile(pattern) for name, pattern in _OPENING_CUES.items()}
_ANYWHERE = {name: re.compile(pattern) for name, pattern in _ANYWHERE_CUES.items()}


def cues(window: list[str]) -> Iterator[str]:
    """Yield the names of the cues found among a window's tokens, in a fixed order."""
    whole = " ".join(window)
    opening = " ".join(window[:_OPENING_TOKENS])
    for name, pattern in _OPENING.items():
        if pattern.search(opening):
            yield name
    for name, pattern in _ANYWHERE.items():
        if pattern.search(whole):
            yield name
