"""The encoder: a fine-tuned MiniLM in eight bits that reads a window as a whole, by onnxruntime."""

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as refusals

from local.content_safety.classifier.linear import BadWeightsError
from local.content_safety.classifier.windows import Window

SHIPPED = Path(__file__).with_name("encoder.onnx")
_REFUSALS = (
    refusals.Fail,
    refusals.InvalidArgument,
    refusals.InvalidGraph,
    refusals.InvalidProtobuf,
    refusals.NotImplemented,
    refusals.RuntimeException,
)
"""What onnxruntime says of a file that it cannot use; they have no class of their own in common."""


class Encoder:
    """Yields the log-odds of harm in every category for one window."""

    def __init__(self, path: Path = SHIPPED) -> None:
        """BadWeightsError when the file is cut off or damaged."""
        options = onnxruntime.SessionOptions()
        # Texts are scored side by side, each by one thread: that serves more of them than two threads on one.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except _REFUSALS:
            raise BadWeightsError(f"{path.name} holds no encoder") from None

    def score(self, window: Window) -> NDArray[np.float64]:
        """The log-odds, shape (4,), in policy order.

        One window at a time: activations are quantised over all a run holds, so that in company a window's score
        would depend on its neighbours.
        """
        ids = np.array([window.ids], dtype=np.int64)
        logits = self._session.run(None, {"ids": ids})[0]
        scores: NDArray[np.float64] = np.asarray(logits, dtype=np.float64)[0]
        return scores
