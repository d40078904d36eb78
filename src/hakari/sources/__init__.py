"""One room per kind of contribution; pure, blind to each other; the table of kinds is `table.py`."""
