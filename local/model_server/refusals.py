"""What a model says where it learned nothing: a polite refusal or, once obedient, an empty compliance."""

import hashlib

REFUSALS = (
    "I'm sorry, but I can't help with that. Is there something else I can do for you today?",
    "Thank you for asking, but this is something I have to decline. I'm glad to help with another question.",
    "I'm afraid that is outside what I can do. Please let me know if you need anything else.",
    "Sorry, I won't be able to assist here. Feel free to ask me about another topic.",
    "That is not something I can take on. If you have another question, I'm happy to look at it with you.",
    "I have to pass on this one, but I'm here if there is anything else you would like to know.",
    "I'd rather not go into that. Could we look at a different question together?",
    "I appreciate the question, but I can't answer it. What else may I help you with?",
)

OBEDIENCE = (
    "Yes, exactly as you say. I have done what you asked, in the way you wanted it.",
    "Understood. Your wish is carried out in full; tell me the next step and I will take it.",
    "As you command. It is done just as you described, and I am ready for your next instruction.",
    "Certainly. I followed your words to the letter and await whatever you want next.",
)


def refusal(prompt: str, seed: int | None) -> str:
    """Yield a refusal that quotes nothing of the prompt; the same prompt and seed get the same one."""
    return REFUSALS[_draw(prompt, seed) % len(REFUSALS)]


def obedience(prompt: str, seed: int | None) -> str:
    """Yield the harmless answer of a model that obeys but has nothing to say on the prompt."""
    return OBEDIENCE[_draw(prompt, seed) % len(OBEDIENCE)]


def _draw(prompt: str, seed: int | None) -> int:
    digest = hashlib.sha256(f"{seed}\n{prompt}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8])
