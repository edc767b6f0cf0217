"""The identity the functions speak as."""

from functools import cache

from azure.identity.aio import DefaultAzureCredential


@cache
def credential(client_id: str) -> DefaultAzureCredential:
    """The credential of a user-assigned identity, or of whatever identity is at hand for an empty id."""
    return (
        DefaultAzureCredential(managed_identity_client_id=client_id)
        if client_id
        else DefaultAzureCredential()
    )
