"""The prose of a manual page, in the macros of Linux's (man) and of BSD's (mdoc)."""

import re

# fmt: off
_BREAKS = frozenset((
    "PP", "P", "LP", "TP", "TQ", "IP", "HP", "SS", "RS", "RE", "sp", "br",
    "Pp", "It", "Ss", "Bl", "El", "D1", "Dl",
))
_INLINE = frozenset((
    "Fl", "Ar", "Pa", "Em", "Sy", "Dv", "Fn", "Va", "Vt", "Ql", "Dq", "Sq", "Li", "Cm", "Ev", "Ic", "Fa", "Er",
    "Tn", "Ux", "Bx", "Fx", "No", "Ns", "Aq", "Bq", "Pq", "Op", "Qq", "Nm", "Ap",
))
# fmt: on
_SECTIONS = frozenset(("SH", "Sh"))
_UNREAD = re.compile(r"(?i)\b(synopsis|authors?|copyright|history|see also|name)\b")
"""Sections that are calls, people and references."""
_CODE_BEGINS, _CODE_ENDS = frozenset(("nf", "EX", "Bd", "TS")), frozenset(("fi", "EE", "Ed", "TE"))
_FONTS = frozenset(("B", "I", "SM", "SB"))
_FONT_PAIRS = frozenset(("BR", "RB", "IR", "RI", "BI", "IB"))
_SIGNS = {"-": "-", "aq": "'", "dq": '"', "cq": "'", "oq": "'", "lq": '"', "rq": '"', "em": "-", "en": "-"}
_ESCAPE = re.compile(r"\\(?:[fFs*n](?:\[[^\]]*\]|\(..|[-+]?\w)|\[([^\]]*)\]|\((..)|(.)|$)")
_ARGUMENT = re.compile(r'"([^"]*)"|(\S+)')


def plain(page: str) -> str:
    """The page's paragraphs with an empty line between them; no code, no synopsis, no macros."""
    lines: list[str] = []
    in_code = in_unread = False
    for line in page.splitlines():
        if not line.startswith((".", "'")):
            if not in_code and not in_unread:
                lines.append(_unescaped(line))
            continue
        macro, _, rest = line[1:].strip().partition(" ")
        if macro in _SECTIONS:
            in_code, in_unread = False, bool(_UNREAD.search(rest))
            lines.append("")
        elif macro in _CODE_BEGINS | _CODE_ENDS:
            in_code = macro in _CODE_BEGINS
            lines.append("")
        elif macro in _BREAKS:
            lines.append("")
        elif not in_code and not in_unread:
            lines.append(_unescaped(_inline(macro, rest)))
    return re.sub(r" +([.,;:)])", r"\1", "\n".join(lines))


def _inline(macro: str, rest: str) -> str:
    arguments = [quoted or bare for quoted, bare in _ARGUMENT.findall(rest)]
    if macro in _FONTS:
        return " ".join(arguments)
    if macro in _FONT_PAIRS:
        return "".join(arguments)
    if macro == "Xr" and len(arguments) > 1:  # another page and its section
        return f"{arguments[0]}({arguments[1]}) {' '.join(arguments[2:])}"
    if macro not in _INLINE:
        return ""
    words = [macro, *arguments]
    shown = []
    for at, word in enumerate(words):
        if word == "Fl" and at + 1 < len(words):
            words[at + 1] = "-" + words[at + 1]
        elif word not in _INLINE:
            shown.append(word)
    return " ".join(shown)


def _unescaped(line: str) -> str:
    return _ESCAPE.sub(_sign, line)


def _sign(escape: re.Match[str]) -> str:
    name = escape.group(1) or escape.group(2) or escape.group(3) or ""
    return " " if name in (" ", "~", "0") else _SIGNS.get(name, "")
