"""cib"""
from pathlib import Path as _P
if (_P(__file__).parent.parent / "pyproject.toml").exists():
    __path__.append(str(_P(__file__).parent.parent))
