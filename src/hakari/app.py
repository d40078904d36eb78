"""The wiring: opens the adapters that the settings name and hands them to the rooms."""
