"""Any EVM chain by its JSON-RPC, and an embedded one: py-evm over SQLite."""
