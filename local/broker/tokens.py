"""Shared access signatures: who may do what until when."""

import base64
import hashlib
import hmac
import urllib.parse
from dataclasses import dataclass

from local.broker.entities import path_of

KEY_NAME = "RootManageSharedAccessKey"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class TokenError(Exception):
    """A token that is refused; the text says why and holds nothing of the token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The right to the entity `path` and all below it (the whole namespace if empty) until `expires_ms`."""

    path: str
    expires_ms: int

    def covers(self, path: str) -> bool:
        """Decide whether an entity's path lies within the grant."""
        return not self.path or path == self.path or path.startswith(self.path + "/")


def verify(token: object, audience: object, key: str, now_ms: int) -> Grant:
    """Return what the token grants; TokenError if the key did not sign it, it is over, or for something else."""
    fields = _fields(token)
    signed = f"{fields['sr']}\n{fields['se']}".encode()
    wanted = base64.b64encode(hmac.new(key.encode(), signed, hashlib.sha256).digest())
    given = urllib.parse.unquote(fields["sig"]).encode()
    known_name = urllib.parse.unquote_plus(fields["skn"]) == KEY_NAME
    if not hmac.compare_digest(wanted, given) or not known_name:
        raise TokenError("InvalidSignature: The token has an invalid signature.")
    if not fields["se"].isdecimal() or len(fields["se"]) > 15:
        raise TokenError("MalformedToken: The expiry is no time.")
    expires_ms = int(fields["se"]) * 1000
    if expires_ms <= now_ms:
        raise TokenError("ExpiredToken: The token is expired.")
    resource = urllib.parse.unquote_plus(fields["sr"])
    if _host(resource) not in _LOOPBACK:
        raise TokenError("InvalidAudience: The token is for another namespace.")
    grant = Grant(path=path_of(resource), expires_ms=expires_ms)
    if not isinstance(audience, str) or not grant.covers(path_of(audience)):
        raise TokenError("InvalidAudience: The token does not cover the entity it was put for.")
    return grant


def _host(resource: str) -> str | None:
    try:
        return urllib.parse.urlsplit(resource).hostname
    except ValueError:
        return None


def _fields(token: object) -> dict[str, str]:
    if isinstance(token, str) and token.startswith("SharedAccessSignature "):
        pairs = [pair.partition("=") for pair in token.partition(" ")[2].split("&")]
        fields = {name: value for name, _, value in pairs}
        if len(pairs) == len(fields) and {"sr", "sig", "se", "skn"} <= fields.keys():
            return fields
    raise TokenError("MalformedToken: A SharedAccessSignature with sr, sig, se and skn is expected.")
