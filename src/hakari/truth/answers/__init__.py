"""Answers that are no single category: what likeness, consensus and merit mean for each kind of answer."""
