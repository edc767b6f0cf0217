"""The tuned model of the local cloud: an OpenAI-compatible server whose models learn from uploaded files."""
