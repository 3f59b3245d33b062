"""How Neo4j spells temporal values, as regular expressions that Python and DuckDB both read."""

from __future__ import annotations

DATE = (
    r"(?P<y>[+-]\d{1,9}|\d{4})(?:-(?P<m>\d{1,2})(?:-(?P<d>\d{1,2}))?"
    r"|-?W(?P<w>\d{1,2})(?:-?(?P<wd>\d))?|-?Q(?P<q>\d)(?:-?(?P<qd>\d{1,2}))?"
    r"|-?(?P<od>\d{3})|(?P<bm>\d{2})(?P<bd>\d{2})?)?"
)
TIME = (
    r"(?:(?P<h>\d{1,2}):(?P<i>\d{1,2})(?::(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"|(?P<bh>\d{2})(?:(?P<bi>\d{2})(?:(?P<bs>\d{2})(?:[.,](?P<bf>\d{1,9}))?)?)?)"
)
OFFSET = r"[Zz]|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?"
ZONED_TIME = rf"{TIME}(?P<offset>{OFFSET})?"
MOMENT = rf"{DATE}(?:T{TIME}(?P<offset>{OFFSET})?(?:\[(?P<zone>[^\]]+)\])?)?"
#: The spellings that are read fast: DuckDB reads the like itself, and rightly.
PLAIN_DATE = r"\d{4}-\d\d-\d\d"
PLAIN_MOMENT = r"[1-9]\d{3}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\dZ"
_AMOUNT = r"[+-]?\d{1,18}(?:[.,]\d{1,9})?"
DURATION = (
    rf"(?P<sign>[+-]?)P(?:(?P<years>{_AMOUNT})Y)?(?:(?P<months>{_AMOUNT})M)?"
    rf"(?:(?P<weeks>{_AMOUNT})W)?(?:(?P<days>{_AMOUNT})D)?"
    rf"(?P<t>T(?:(?P<hours>{_AMOUNT})H)?(?:(?P<minutes>{_AMOUNT})M)?(?:(?P<seconds>{_AMOUNT})S)?)?"
)
#: `P2012-02-02T14:37:21.545`: a duration that looks like a date and time.
DURATION_AS_DATE = (
    r"(?P<sign>[+-]?)P(?P<years>\d{4})-?(?P<months>\d{2})-?(?P<days>\d{2})"
    r"T(?P<hours>\d{2}):?(?P<minutes>\d{2}):?(?P<seconds>\d{2}(?:[.,]\d{1,9})?)"
)
