"""The local Content Safety service: wire-compatible, with a learned classifier inside."""
