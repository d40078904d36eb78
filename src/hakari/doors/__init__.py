"""Parse, call one function, format: api, web, cli, mcp, worker."""
