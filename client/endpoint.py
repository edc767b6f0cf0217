"""A Content Safety resource of the customer's own: the only place a check sends text to, and only when told."""

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from client.errors import Misused, Unreachable
from shared.adapters.content_safety import ContentSafety
from shared.adapters.identity import credential
from shared.errors import Unavailable, Unscorable
from shared.settings import Connection, is_safe

SERVICE: Final = "Content Safety"
_KEY: Final = re.compile(r"[!-~]{1,512}")
_GREETING: Final = "Hello, is anybody there?"
"""Asked before the file is: a wrong address or key is then said at once, and no text was sent there."""


class CustomersContentSafety(ContentSafety):
    """`ports.Classifier` on the resource at an address, which is asked once as it is entered."""

    def __init__(self, address: str, key: str) -> None:
        """`address` as `require_safe` gives it; without a key the identity at hand speaks."""
        super().__init__(Connection(address=address, secret=key))
        self._address = address
        self._key = key

    @property
    def told(self) -> str:
        """Who scored."""
        return f"{SERVICE} at {self._address} scored this."

    async def __aenter__(self) -> Self:
        try:
            await self.analyze(_GREETING)
        except (Unavailable, Unscorable) as error:
            await self._close()
            raise Unreachable(
                f"{SERVICE} at {self._address} gives no answer ({error}). Check the address and "
                f"{'the key' if self._key else 'sign in (az login), or name a key with --key-env'}."
            ) from None
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        await self._client.close()
        if not self._key:
            await credential("").close()


def require_safe(address: str) -> str:
    """The address, where text may travel there: over TLS, or without leaving this machine; raises Misused."""
    try:
        url = urlsplit(address)
        port = url.port
    except ValueError:
        raise Misused("The endpoint is no address.") from None
    # A user or a query could hold a secret, and the address is shown.
    if not url.hostname or url.username is not None or url.password is not None or url.query or url.fragment:
        raise Misused("The endpoint is an address such as https://NAME.cognitiveservices.azure.com, no more.")
    if not is_safe(address):
        raise Misused("The endpoint must begin with https://: training text is sent there.")
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return f"{url.scheme}://{host}{f':{port}' if port is not None else ''}{url.path.rstrip('/')}"


def key_from(environment: Mapping[str, str], name: str) -> str:
    """The key that the environment holds under the name; raises Misused, which never quotes it."""
    key = environment.get(name, "").strip()
    if not key:
        raise Misused(f"The environment variable {name} is not set, or empty.")
    if not _KEY.fullmatch(key):
        raise Misused(f"The environment variable {name} holds no key.")
    return key
