"""Programs that run at the contributor: live miner, chain indexer, robot bridge."""
