"""The command line: one noun-verb command per thing a person does."""
