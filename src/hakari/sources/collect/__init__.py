"""The collect kind: people hand in units of data against a request; what is new and as asked is kept and paid."""
