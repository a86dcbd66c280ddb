"""A guard's limit as a value: a share of something, or a count. Knows nothing of what is counted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")


@dataclass(frozen=True, slots=True)
class Limit:
    """Exactly one of `share` (0 to 1) and `count` (0 and up) is given; `str()` gives back what was typed."""

    share: Fraction | None = None
    count: int | None = None
    typed: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> Limit:
        """`30%`, `12.5 %` or `100`. ValueError for anything else: `0.3` could mean a share or hardly one contact."""
        typed = text.strip()
        if match := _SHARE.fullmatch(typed):
            share = Fraction(match[1]) / 100
            if share <= 1:
                return cls(share=share, typed=typed)
        elif typed.isascii() and typed.isdigit():
            return cls(count=int(typed), typed=typed)
        raise ValueError("must be a share up to 100% such as 30%, or a whole number such as 100")

    def __str__(self) -> str:
        if self.typed or self.share is None:
            return self.typed or str(self.count)
        percent = self.share * 100
        return f"{percent.numerator if percent.denominator == 1 else float(percent)}%"
