"""What the pages show, page by page: plain records read from one snapshot. No words, no markup."""
