"""Regular expressions of Java, as `=~` takes them, written for RE2, the engine that runs them.

RE2 runs in linear time and so lacks what needs to go back: look-around, back references,
possessive and atomic groups. Those are refused; what both have under other names is renamed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: Java's classes by the letter after the backslash, as the inside of a bracket.
_CLASSES = {
    "d": "0-9",
    "w": "a-zA-Z_0-9",
    "s": r"\t\n\x0B\f\r ",
    "h": r" \t\xA0\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}",
    "v": r"\n\x0B\f\r\x{85}\x{2028}\x{2029}",
}
#: Their complements, for inside a bracket, where they cannot be had by negation.
_COMPLEMENTS = {"D": r"\D", "W": r"\W", "S": r"\x00-\x08\x0E-\x1F!-\x{10FFFF}"}
_NAMED = {
    "Lower": "a-z", "Upper": "A-Z", "ASCII": r"\x00-\x7F", "Alpha": "a-zA-Z", "Digit": "0-9",
    "Alnum": "a-zA-Z0-9", "Punct": r"!-/:-@\[-`{-~", "Graph": "!-~", "Print": " -~",
    "Blank": r" \t", "Cntrl": r"\x00-\x1F\x7F", "XDigit": "0-9a-fA-F", "Space": r"\t\n\x0B\f\r ",
}  # fmt: skip
_SAME = frozenset("tnrfa")
_LINE_ENDS = r"\n\r\x{85}\x{2028}\x{2029}"
#: RE2's limit on counted repetition.
_MOST = 1000


class PatternError(Exception):
    """A pattern that is wrong, or that RE2 cannot run; `at` is the place in the pattern."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.at = at


def re2(pattern: str) -> str:
    """The pattern as RE2 takes it, for matching whole texts. Raises `PatternError`."""
    return _Translator(pattern).whole()


@dataclass(slots=True)
class _Translator:
    text: str
    place: int = 0
    out: list[str] = field(default_factory=list)
    #: Flags in force, one set an open group.
    flags: list[frozenset[str]] = field(default_factory=lambda: [frozenset()])

    def whole(self) -> str:
        while self.place < len(self.text):
            self._piece()
        if len(self.flags) > 1:
            raise PatternError("a group is never closed", len(self.text))
        return "".join(self.out)

    def _error(self, reason: str) -> PatternError:
        return PatternError(reason, self.place)

    def _peek(self, length: int = 1) -> str:
        return self.text[self.place : self.place + length]

    def _take(self, length: int = 1) -> str:
        taken = self._peek(length)
        self.place += length
        return taken

    def _piece(self) -> None:
        character = self._peek()
        if character == "(":
            self._group()
        elif character == ")":
            if len(self.flags) == 1:
                raise self._error("a group is closed that was never opened")
            self.flags.pop()
            self.out.append(self._take())
        elif character == "[":
            self.out.append(f"[{self._bracket()}]")
        elif character == "\\":
            self.out.append(self._escape())
        elif character == ".":
            self._take()
            self.out.append("(?s:.)" if "s" in self.flags[-1] else f"[^{_LINE_ENDS}]")
        elif character in "*+?{":
            self._repetition()
        elif "x" in self.flags[-1] and (character.isspace() or character == "#"):
            self._comment()
        else:
            self.out.append(self._literal(self._take()))

    def _comment(self) -> None:
        if self._take() == "#":
            while self.place < len(self.text) and self._peek() != "\n":
                self._take()

    def _literal(self, character: str) -> str:
        # Without the flag u, Java's ignoring of case is for ASCII only.
        if "i" in self.flags[-1] and "u" not in self.flags[-1] and not character.isascii():
            return f"(?-i:{character})"
        return character

    def _group(self) -> None:
        start = self.place
        self._take()
        if self._peek() != "?":
            self.flags.append(self.flags[-1])
            self.out.append("(")
            return
        for opening, what in (
            ("?=", "look-ahead"),
            ("?!", "look-ahead"),
            ("?<=", "look-behind"),
            ("?<!", "look-behind"),
            ("?>", "an atomic group"),
        ):
            if self._peek(len(opening)) == opening:
                raise PatternError(f"{what} is not supported: patterns run in linear time", start)
        self._take()
        if self._peek() == "<":
            end = self.text.find(">", self.place)
            if end < 0:
                raise PatternError("a group's name is never closed", start)
            self.place = end + 1
            self.flags.append(self.flags[-1])
            self.out.append("(")
            return
        self._flags(start)

    def _flags(self, start: int) -> None:
        on, off, turning_off = set(self.flags[-1]), set[str](), False
        while self.place < len(self.text) and self._peek() not in ":)":
            letter = self._take()
            if letter == "-":
                turning_off = True
            elif letter not in "imsxuUd":
                raise PatternError(f"(?{letter} means nothing in a pattern", start)
            elif letter in "Ud":
                raise PatternError(f"the flag {letter} is not supported", start)
            elif turning_off:
                off.add(letter)
            else:
                on.add(letter)
        flags = frozenset(on - off)
        own = "".join(sorted(flags & {"i", "m"}))
        gone = "".join(sorted(off & {"i", "m"}))
        written = own + (f"-{gone}" if gone else "")
        if self._take() == ":":
            self.flags.append(flags)
            self.out.append(f"(?{written}:")
        else:
            self.flags[-1] = flags
            self.out.append(f"(?{written})" if written else "")

    def _repetition(self) -> None:
        start = self.place
        before = self.out[-1] if self.out else ""
        if not before or before.endswith("|") or (before.startswith("(") and before[-1] in "(:"):
            raise self._error("there is nothing before this to repeat")
        if self._peek() == "{":
            end = self.text.find("}", self.place)
            counts = self.text[self.place + 1 : end].split(",") if end > 0 else ["?"]
            if not counts[0].isdigit() or not all(c.isdigit() or not c for c in counts):
                raise self._error("a repetition is written {2}, {2,} or {2,5}")
            if any(c and int(c) > _MOST for c in counts):
                raise self._error(f"more than {_MOST} repetitions are not supported")
            self.out.append(self._take(end + 1 - self.place))
        else:
            self.out.append(self._take())
        if self._peek() == "+":
            raise PatternError(
                "possessive repetition is not supported: patterns run in linear time", start
            )
        if self._peek() == "?":
            self.out.append(self._take())

    def _escape(self) -> str:
        start = self.place
        self._take()
        letter = self._take()
        if not letter:
            raise PatternError("a backslash ends the pattern", start)
        if letter in _CLASSES:
            return f"[{_CLASSES[letter]}]"
        if letter.lower() in _CLASSES:
            return f"[^{_CLASSES[letter.lower()]}]"
        if letter in "pP":
            return self._property(letter, start, inside=False)
        if letter == "Q":
            return self._quoted()
        if letter == "R":
            return rf"(?:\r\n|[{_CLASSES['v']}])"
        if letter in "bBA":
            return "\\" + letter
        if letter == "z":
            return r"\z"
        return self._character(letter, start)

    def _quoted(self) -> str:
        end = self.text.find("\\E", self.place)
        quoted = self.text[self.place :] if end < 0 else self.text[self.place : end]
        self.place = len(self.text) if end < 0 else end + 2
        return "".join(_literally(character) for character in quoted)

    def _character(self, letter: str, start: int) -> str:
        """An escape that is one character."""
        if letter in _SAME:
            return "\\" + letter
        if letter == "e":
            return r"\x1B"
        if letter == "0":
            digits = ""
            while len(digits) < 3 and self._peek() and self._peek() in "01234567":
                digits += self._take()
            return rf"\x{{{int(digits or '0', 8):X}}}"
        if letter == "c":
            return rf"\x{{{ord(self._take().upper() or '@') ^ 64:X}}}"
        if letter in "xu":
            if letter == "x" and self._peek() == "{":
                end = self.text.find("}", self.place)
                digits = self._take(end + 1 - self.place)[1:-1] if end > 0 else ""
            else:
                digits = self._take(2 if letter == "x" else 4)
            try:
                return rf"\x{{{int(digits, 16):X}}}"
            except ValueError:
                raise PatternError(f"\\{letter} needs hexadecimal digits", start) from None
        if letter.isdigit() or letter == "k":
            raise PatternError(
                "a back reference is not supported: patterns run in linear time", start
            )
        if letter.isalpha():
            raise PatternError(f"\\{letter} is not supported in a pattern", start)
        return _literally(letter)

    def _property(self, letter: str, start: int, *, inside: bool) -> str:
        if self._peek() == "{":
            end = self.text.find("}", self.place)
            name = self._take(end + 1 - self.place)[1:-1] if end > 0 else ""
        else:
            name = self._take()
        name = name.removeprefix("script=").removeprefix("sc=").removeprefix("general_category=")
        if name in _NAMED:
            if letter == "p":
                return _NAMED[name] if inside else f"[{_NAMED[name]}]"
            if not inside:
                return f"[^{_NAMED[name]}]"
        elif len(name) in {1, 2} and name[0] in "LMNPSZC":
            return rf"\{letter}{{{name}}}"
        elif name.startswith("Is") and len(name) > 4 and name[2].isupper() and name[3:].islower():
            if name not in {"IsAlphabetic", "IsLetter", "IsLowercase", "IsUppercase", "IsDigit",
                            "IsPunctuation", "IsControl", "IsAssigned", "IsIdeographic",
                            "IsTitlecase"}:  # fmt: skip
                return rf"\{letter}{{{name[2:]}}}"
        elif name.startswith("Is") and len(name) in {3, 4}:
            return rf"\{letter}{{{name[2:]}}}"
        raise PatternError(f"\\{letter}{{{name}}} is not supported", start)

    def _bracket(self) -> str:
        """What is between brackets, those left out."""
        start = self.place
        self._take()
        parts = ["^" if self._peek() == "^" and self._take() else ""]
        first = True
        while True:
            if self.place >= len(self.text):
                raise PatternError("a bracket is never closed", start)
            if self._peek() == "]" and not first:
                self._take()
                return "".join(parts)
            if self._peek(2) == "&&":
                raise self._error("an intersection of classes is not supported")
            parts.append(self._member())
            first = False

    def _member(self) -> str:
        start = self.place
        character = self._peek()
        if character == "[":
            inner = self._bracket()
            if inner.startswith("^"):
                raise PatternError("a negated class within a class is not supported", start)
            return inner
        self._take()
        if character != "\\":
            return "\\" + character if character in "[]^\\" else character
        letter = self._take()
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter in _COMPLEMENTS:
            return _COMPLEMENTS[letter]
        if letter in "pP" and letter:
            return self._property(letter, start, inside=True)
        if letter == "Q":
            return self._quoted()
        if letter == "b" or letter in "HVR":
            raise PatternError(f"\\{letter} is not supported in a class", start)
        if not letter:
            raise PatternError("a backslash ends the pattern", start)
        return self._character(letter, start)


def _literally(character: str) -> str:
    if character.isalnum() or not character.isascii() or character in " _\n\t\r":
        return character
    return "\\" + character
