"""Names that a package offers and imports only when they are used."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


def offer(package: str, homes: Mapping[str, str]) -> None:
    """Let a package offer names of its modules without importing these before somebody asks.

    A function may share its name with the module it stands in: `cib.graphs.coaction` is the
    function. Python puts a module into its package as soon as anybody imports it, so the package
    refuses modules under the names that it offers.

    Parameters
    ----------
    package : full name of the package, which is being imported
    homes : name offered → module of the package that defines it

    Examples
    --------
    >>> import cib.graphs, cib.graphs.coaction
    >>> callable(cib.graphs.coaction)
    True
    """

    class LazyPackage(ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name not in homes:
                raise AttributeError(f"module {package!r} has no attribute {name!r}")
            value = getattr(import_module(f"{package}.{homes[name]}"), name)
            setattr(self, name, value)
            return value

        def __setattr__(self, name: str, value: Any) -> None:
            if not (name in homes and isinstance(value, ModuleType)):
                super().__setattr__(name, value)

        def __dir__(self) -> list[str]:
            return sorted({*super().__dir__(), *homes})

    sys.modules[package].__class__ = LazyPackage
