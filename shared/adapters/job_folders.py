"""The jobs' folders in the training container."""

from collections.abc import Sequence

from azure.core.exceptions import AzureError

from shared.adapters.blob_storage import blob_service
from shared.errors import Unavailable
from shared.fine_tuning import Upload
from shared.settings import Settings
from shared.subject import TrainingFile


class BlobFolders:
    """`fine_tuning.Folders` in the training container. It only ever lists."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def of(self, job: str) -> Sequence[Upload]:
        container = self._settings.training_container
        try:
            async with blob_service(self._settings.training_storage) as service:
                return [
                    Upload(
                        file=TrainingFile(
                            job=job,
                            account=self._settings.training_account,
                            container=container,
                            blob=blob.name,
                            etag=str(blob.etag).strip('"'),
                            length=blob.size,
                        ),
                        since_utc=blob.last_modified,
                    )
                    async for blob in service.get_container_client(container).list_blobs(
                        name_starts_with=f"{job}/"
                    )
                ]
        except AzureError as error:
            raise Unavailable(f"blob storage: {type(error).__name__}") from None
