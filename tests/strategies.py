"""Random rows for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

small_rows = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.integers(-40, 40)), max_size=45
)
"""(account, token, time): few of each, so that ties and repeated actions are frequent."""

wild_rows = st.lists(
    st.tuples(
        st.integers(0, 2**20),
        st.integers(0, 2),
        st.integers(-(2**62), 2**62) | st.integers(-5, 5),
    ),
    max_size=20,
)
"""Large account codes and times far apart, next to times that tie."""
