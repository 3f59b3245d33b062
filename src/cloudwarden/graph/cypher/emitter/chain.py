"""Writing SQL expressions that compute in steps.

SQL has no names for intermediate values in an expression, and a macro's argument is copied to each
place that names it; copies of copies soon take longer to plan than to run. A list of one element,
passed through lambdas, computes each step once.
"""

from __future__ import annotations

from collections.abc import Mapping


def chain(first: str, *steps: str) -> str:
    """The value of the last step. Each step is SQL over `p`, the value of the one before."""
    sql = f"[{first}]"
    for step in steps:
        sql = f"list_transform({sql}, lambda p: {step})"
    return f"({sql}[1])"


def pack(*same: str, **values: str) -> str:
    """A struct: of fields of `p` under their own names, and of values."""
    fields = [f"{name} := p.{name}" for name in same]
    fields += [f"{name} := {value}" for name, value in values.items()]
    return f"struct_pack({', '.join(fields)})"


def arguments(*names: str) -> str:
    """A struct of a macro's arguments under their own names."""
    return f"struct_pack({', '.join(f'{name} := {name}' for name in names)})"


def unless_null(test: str, value: str) -> str:
    """A value where all of some fields of `p` are there; `p` itself if none is named."""
    missing = " OR ".join(f"p.{name} IS NULL" for name in test.split()) or "p IS NULL"
    return f"CASE WHEN {missing} THEN NULL ELSE {value} END"


def macros(bodies: Mapping[str, str]) -> str:
    """Macros by their heads, `name(arguments)`, as `macros.py` reads them."""
    return "\n\n".join(f"{head} AS\n    ({body})" for head, body in bodies.items())
