"""The only code that touches the world: sql, evm, blobs, engine, net."""
