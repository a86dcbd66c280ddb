"""A number as its format shows it. As in English: a point before decimals, commas between thousands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from connectors.sources.cell_text import sheet_number_text
from connectors.sources.workbooks.number_formats import FormatSection, Token, sections_of


def shown(number: float, code: str) -> str | None:
    """The number as the format shows it (`00000`: `00123`, `0%`: `25%`); None for dates and odd codes."""
    number = float(number)
    section = _chosen(sections_of(code), number)
    if section is None or section.has("date"):
        return None
    if len(sections_of(code)) > 1 and number < 0 and section.condition is None:
        number = -number  # the section for negative numbers has its own sign
    if not section.has("digit"):
        return _without_places(section, number)
    if section.has("exponent"):
        return _scientific(section, number)
    if Token("literal", "/") in section.tokens and Token("digit", "?") in section.tokens:
        return _fraction(section, number)
    return _Places.of(section).filled(number).strip()


def _chosen(sections: Sequence[FormatSection], number: float) -> FormatSection | None:
    if any(section.condition for section in sections):
        return next((s for s in sections if s.condition is None or _holds(*s.condition, number)), None)
    if number < 0 and len(sections) > 1:
        return sections[1]
    return sections[2] if number == 0 and len(sections) > 2 else sections[0]


def _holds(sign: str, limit: float, number: float) -> bool:
    return {
        "<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit, "=": number == limit,
        "<>": number != limit,
    }[sign]  # fmt: skip


def _without_places(section: FormatSection, number: float) -> str:
    plain = sheet_number_text(number)
    return "".join(plain if token.kind in {"general", "text"} else token.text for token in section.tokens).strip()


def _scientific(section: FormatSection, number: float) -> str:
    kinds = [token.kind for token in section.tokens]
    mantissa_places = kinds[: kinds.index("exponent")]
    decimals = mantissa_places[mantissa_places.index("point") :].count("digit") if "point" in mantissa_places else 0
    mantissa, _, exponent = f"{number:.{decimals}E}".partition("E")
    places = section.tokens[kinds.index("exponent")].text[2:]
    return f"{mantissa}E{exponent[0]}{exponent[1:].lstrip('0').rjust(len(places), '0')}"


def _fraction(section: FormatSection, number: float) -> str:
    """`0.5` as `1/2`, with as many digits below the line as there are places."""
    at = section.tokens.index(Token("literal", "/"))
    places = sum(token.kind == "digit" for token in section.tokens[at:])
    whole, rest = divmod(abs(Fraction(number)), 1)
    part = rest.limit_denominator(10 ** max(places, 1) - 1)
    whole, part = whole + part // 1, part % 1
    texts = [str(whole)] if whole or not part else []
    texts += [f"{part.numerator}/{part.denominator}"] if part else []
    return ("-" if number < 0 else "") + " ".join(texts)


@dataclass(frozen=True, slots=True)
class _Places:
    """A section's places before and behind the point; by what power of ten it scales, and whether it sets commas."""

    before: Sequence[Token]
    behind: Sequence[Token]
    scale: int
    is_grouped: bool

    @classmethod
    def of(cls, section: FormatSection) -> _Places:
        kinds = [token.kind for token in section.tokens]
        point = kinds.index("point") if "point" in kinds else len(kinds)
        digits = [at for at, kind in enumerate(kinds) if kind == "digit"]
        last_whole = max((at for at in digits if at < point), default=-1)
        commas = [at for at, kind in enumerate(kinds) if kind == "comma"]
        thousands = sum(last_whole < at < point or at > digits[-1] for at in commas)
        scale = 2 * kinds.count("percent") - 3 * thousands
        return cls(section.tokens[:point], section.tokens[point:], scale, any(at < last_whole for at in commas))

    def filled(self, number: float) -> str:
        decimals = sum(token.kind == "digit" for token in self.behind)
        exact = abs(Decimal(sheet_number_text(number))).scaleb(self.scale)
        rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        whole, _, fraction = f"{rounded:f}".partition(".")
        sign = "-" if number < 0 and rounded else ""
        return sign + self._whole(whole.lstrip("0")) + "".join(self._fraction(fraction)).removesuffix(".")

    def _whole(self, digits: str) -> str:
        """Digits are set from the right; what is left over stands in the leftmost place."""
        left, texts = list(digits), list[str]()
        places = sum(token.kind == "digit" for token in self.before)
        set_so_far = 0
        for token in reversed(self.before):
            if token.kind == "digit":
                places -= 1
                for _ in range(1 if places else max(len(left), 1)):
                    text = left.pop() if left else {"0": "0", "?": " "}.get(token.text, "")
                    texts.append("," if self.is_grouped and text and set_so_far and set_so_far % 3 == 0 else "")
                    texts.append(text)
                    set_so_far += bool(text)
            elif token.kind != "comma":
                texts.append(token.text)
        return "".join(reversed(texts))

    def _fraction(self, digits: str) -> Iterator[str]:
        kept, at = len(digits.rstrip("0")), 0
        for token in self.behind:
            if token.kind == "digit":
                yield digits[at] if at < kept or token.text == "0" else {"?": " "}.get(token.text, "")
                at += 1
            elif token.kind != "comma":
                yield token.text
