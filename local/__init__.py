"""The embedded local cloud: real servers on loopback, each a process of its own; never deployed."""
