"""Why the host does not start, or an invocation does not count as done.

HostError
+-- Refused              the app, its settings or host.json cannot be served; nothing was served yet
+-- InvocationFailed     the function raised, timed out or broke a rule of the worker; its work is to be done again
"""


class HostError(Exception):
    """The root of what this host raises on purpose."""


class Refused(HostError):
    """The app cannot be served; the text is the reason, in the words of the real worker where it has some."""


class InvocationFailed(HostError):
    """A function did not do its work; the text is an exception's type, never its message."""
