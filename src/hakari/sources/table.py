"""The table of kinds: one row each. A test checks that it and the rooms agree."""

from hakari.sources.collect.kind import COLLECT
from hakari.sources.kind import Kind
from hakari.sources.label.kind import LABEL
from hakari.sources.rank.kind import RANK

KINDS: dict[str, Kind] = {kind.name: kind for kind in (COLLECT, LABEL, RANK)}
