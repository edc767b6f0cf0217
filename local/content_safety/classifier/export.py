"""Turn the fine-tuned encoder into the file that is shipped: ONNX, fused, in eight bits."""

import tempfile
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.optimizer import optimize_model

from local.content_safety.classifier.fit_encoder import Classifier


class _OneWindow(torch.nn.Module):  # type: ignore[misc,unused-ignore]
    """The classifier as inference calls it: ids alone, nothing padded."""

    def __init__(self, model: Classifier) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        odds: torch.Tensor = self.model(ids, torch.ones_like(ids))
        return odds


def export(model: Classifier, path: Path) -> None:
    """Write the model with weights in eight bits, one scale per output channel."""
    config = model.bert.config
    known = config._attn_implementation
    model.bert.set_attn_implementation("eager")  # written out step by step, as the fusing below expects it
    with tempfile.TemporaryDirectory() as folder:
        exact, fused = Path(folder) / "exact.onnx", Path(folder) / "fused.onnx"
        torch.onnx.export(
            _OneWindow(model),
            (torch.ones(1, 16, dtype=torch.long),),
            str(exact),
            input_names=["ids"],
            output_names=["odds"],
            dynamic_axes={"ids": {0: "windows", 1: "pieces"}, "odds": {0: "windows"}},
            opset_version=17,
            dynamo=False,
        )
        optimize_model(
            str(exact),
            model_type="bert",
            num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
            opt_level=0,
        ).save_model_to_file(str(fused))
        # Seven bits of range: with eight, processors without VNNI saturate and would score otherwise.
        quantize_dynamic(
            str(fused),
            str(path),
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    model.bert.set_attn_implementation(known)
    onnx.checker.check_model(str(path))
