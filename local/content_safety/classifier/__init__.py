"""The embedded classifier: a fine-tuned encoder and an n-gram model, blended and calibrated."""

CATEGORIES = ("violence", "sexual", "hate_fairness", "self_harm")
"""The harm categories in policy order: the order of every row of weights and scores."""
