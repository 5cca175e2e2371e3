"""Whether two readings gave the same log."""

from __future__ import annotations

import numpy as np

from cib.datasets.log import InteractionLog


def same(one: InteractionLog, two: InteractionLog) -> bool:
    """Whether two logs are equal in all but where they came from."""
    assert one.quarantine is not None
    assert two.quarantine is not None
    assert one.notes is not None
    assert two.notes is not None
    return (
        all(
            np.array_equal(getattr(one, name), getattr(two, name))
            for name in ("account", "content", "action", "ts")
        )
        and all(getattr(one, n).equals(getattr(two, n)) for n in ("account_ids", "content_ids"))
        and one.action_names == two.action_names
        and one.extras.keys() == two.extras.keys()
        and all(values.equals(two.extras[name]) for name, values in one.extras.items())
        and one.accounting == two.accounting
        and one.quarantine.drop("file").equals(two.quarantine.drop("file"))
        and one.notes.drop("file").equals(two.notes.drop("file"))
    )
