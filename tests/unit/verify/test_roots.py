import pytest
from hypothesis import given
from hypothesis import strategies as st

from hakari.core.errors import Malformed
from hakari.core.merkle import leaf_hashes, root
from hakari.verify.roots import Roots


@given(st.integers(0, 600))
def test_every_earlier_root_is_that_of_the_first_entries(size):
    entries = [b"%d" % n for n in range(size)]
    roots = Roots()
    for entry in entries:
        roots.add(entry)
    for earlier in {0, 1, size // 3, size - 1, size} - {-1}:
        if earlier <= size:
            assert roots.at(earlier) == root(leaf_hashes(entries[:earlier]))


def test_a_size_beyond_the_log_is_refused():
    roots = Roots()
    roots.add(b"x")
    for size in (-1, 2):
        with pytest.raises(Malformed):
            roots.at(size)
