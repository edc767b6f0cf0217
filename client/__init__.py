"""The `tunegate` command: what people and pipelines use of a deployment, in Azure or on this machine."""
