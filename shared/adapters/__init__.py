"""The only place that imports an SDK; each module implements one port of `shared.ports`."""
