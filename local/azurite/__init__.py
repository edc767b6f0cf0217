"""Azurite, the real blob and table store of the local cloud: brought from npm, started, stopped with its parent."""
