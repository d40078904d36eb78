"""Labelling by a Label Studio configuration: Choices, Pairwise, Rating."""
