"""How often Python looks for garbage while a night runs.

By default it looks at some hundred new objects at a time, and now and then at all there are. The libraries of a night
are several hundred thousand objects that stay to the end: looking through them took a tenth of a small night's CPU
time, and found next to nothing. What goes out of use is freed at once in any case; only what refers to itself waits.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_RARELY = (10_000, 10, 10)
"""New objects, and rounds among new and middle-aged ones, before the next round (:func:`gc.set_threshold`)."""


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Look for garbage rarely inside the block: about once a night among everything."""
    before = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
