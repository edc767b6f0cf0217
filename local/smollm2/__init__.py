"""A real small model beside the local cloud: SmolLM2-135M-Instruct behind an OpenAI-compatible server."""
