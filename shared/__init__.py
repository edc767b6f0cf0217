"""The evaluation: its domain core, its use cases, the ports they speak to and the adapters behind them."""
