"""Finds the declarations in `services/`, has them checked, and keeps the result in a cache.

`python -m cloudwarden.providers.aws.loader [module…]` prints every problem of the named modules'
declarations (all of them without names), and the labels, properties and relations they bring.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from tempfile import NamedTemporaryFile

from cloudwarden import __version__
from cloudwarden.core.errors import DeclarationError
from cloudwarden.core.json import dumps_bytes, loads
from cloudwarden.providers.aws import services
from cloudwarden.providers.aws.catalogue import Catalogue
from cloudwarden.providers.aws.declarations import Resource

_FOLDER = Path(__file__).parent


def load_catalogue(cache_dir: Path | None = None) -> Catalogue:
    """Every AWS declaration, checked. Raises `DeclarationError` for the first that does not fit.

    The result is kept in `cache_dir` (by default `cloudwarden/` in the user's cache folder) under
    a name made of the versions of cloudwarden and botocore and of the declarations' text, so that
    a change of any makes another. A cache that cannot be read or written is done without.
    """
    path = (cache_dir or default_cache_dir()) / f"aws-{_cache_key()}.json"
    try:
        return Catalogue.from_json(loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError):
        catalogue = compile_catalogue()
    _write(path, dumps_bytes(catalogue.to_json()))
    return catalogue


def compile_catalogue() -> Catalogue:
    """As `load_catalogue`, from the declarations themselves and botocore's models."""
    catalogue, problems = check(declared_modules())
    if problems:
        raise problems[0]
    return catalogue


def declared_modules() -> tuple[str, ...]:
    """Full names of the modules that declare resources."""
    return tuple(
        f"{services.__name__}.{module.name}"
        for module in iter_modules(services.__path__)
        if not module.name.startswith("_")
    )


def check(modules: Iterable[str]) -> tuple[Catalogue, Sequence[DeclarationError]]:
    """Check the declarations of `modules`: what fits, and a problem for everything else."""
    from cloudwarden.providers.aws.compiler import Compiler, unique

    compiler = Compiler()
    for name in modules:
        try:
            module = import_module(name)
        except (ImportError, SyntaxError, NameError, TypeError, AttributeError) as error:
            compiler.problems.append(DeclarationError(f"{name} cannot be imported: {error}"))
            continue
        where = _Lines(Path(str(module.__file__)))
        declared: Sequence[Resource] = getattr(module, "RESOURCES", ())
        for position, resource in enumerate(declared):
            compiler.add(name, position, resource, where)
    compiler.finish()
    catalogue = Catalogue(compiler.resources, compiler.labels, unique(compiler.relations))
    return catalogue, compiler.problems


def default_cache_dir() -> Path:
    """`cloudwarden/` under `$XDG_CACHE_HOME`, or under `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "cloudwarden"


class _Lines:
    """Finds the line on which a module declares a label, by reading its source when asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines: dict[str, int] | None = None

    def __call__(self, label: str) -> str:
        if self._lines is None:
            self._lines = dict(_labels(ast.parse(self._path.read_text(encoding="utf-8"))))
        line = self._lines.get(label)
        return f"{self._path}:{line}" if line else str(self._path)


def _labels(tree: ast.Module) -> Iterable[tuple[str, int]]:
    """Labels and their lines; where one is written more often, the `label=` argument counts."""
    written = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno
        elif (
            isinstance(node, ast.keyword)
            and node.arg == "label"
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            written.append((node.value.value, node.value.lineno))
    yield from written


def _cache_key() -> str:
    digest = blake2b(f"{__version__} {version('botocore')}".encode(), digest_size=10)
    for path in sorted(_FOLDER.rglob("*.py")):
        digest.update(path.relative_to(_FOLDER).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _write(path: Path, data: bytes) -> None:
    """Put a cache file in place at once, and take away those of other versions."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)
        for other in path.parent.glob("aws-*.json"):
            if other != path:
                other.unlink(missing_ok=True)
    except OSError:
        return


def main(names: Sequence[str]) -> int:
    """Print what the named modules' declarations bring and every problem; 1 if there is one."""
    known = {module.rpartition(".")[2]: module for module in declared_modules()}
    for name in names:
        if name not in known:
            sys.stderr.write(f"no module services/{name}.py declares resources\n")
            return 2
    chosen = [known[name] for name in names] or list(known.values())
    catalogue, problems = check(known.values())
    mine = {key for key, one in catalogue.resources.items() if one.module in chosen}
    for label in catalogue.labels.values():
        if label.scope_type not in mine or not names:
            continue
        sys.stdout.write(f"\n{label.name}  ({label.operation})\n")
        for one in sorted(label.properties.values(), key=lambda p: p.name):
            spelt = "moment" if one.moment else one.type.value
            volatile = " (volatile)" if one.volatile else ""
            sys.stdout.write(f"  {one.name}: {spelt}  [{one.operation}]{volatile}\n")
        for kind in catalogue.relations:
            if label.name in (kind.source, kind.target):
                sys.stdout.write(f"  ({kind.source})-[:{kind.type}]->({kind.target})\n")
    files = tuple(spec.origin for name in chosen if (spec := find_spec(name)) and spec.origin)
    shown = [p for p in problems if not names or not p.where or p.where.startswith(files)]
    for problem in shown:
        sys.stderr.write(f"{problem}\n")
    sys.stdout.write(
        f"\n{len(mine)} resources, {len(catalogue.labels)} labels, {len(shown)} problems\n"
    )
    return 1 if shown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
