"""Fine-tune the encoder: all-MiniLM-L6-v2 with a small head, on the processor, in bfloat16."""

import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import BertModel

from local.content_safety.classifier import CATEGORIES
from local.content_safety.classifier.batches import Epochs, Shown
from local.content_safety.classifier.corpus import Example
from local.content_safety.classifier.windows import END, START

SEED = 11
_WARM_SHARE = 0.06
_HIDDEN = 256
_HARMFUL_WEIGHT = (2.0, 2.0, 1.5, 3.0)
"""How much more a harmful text counts, per category: about the root of its rarity."""
_TOLD_EVERY = 50


class Classifier(nn.Module):  # type: ignore[misc,unused-ignore]
    """MiniLM, the mean and the maximum over its pieces, one hidden layer, four log-odds."""

    def __init__(self, base: Path) -> None:
        super().__init__()
        self.bert = BertModel.from_pretrained(str(base), add_pooling_layer=False)
        self.drop = nn.Dropout(0.1)
        self.hidden = nn.Linear(2 * self.bert.config.hidden_size, _HIDDEN)
        self.out = nn.Linear(_HIDDEN, len(CATEGORIES))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Log-odds, shape (texts, 4), of padded ids, shape (texts, pieces)."""
        states = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask[..., None].to(states.dtype)
        mean = (states * weights).sum(1) / weights.sum(1)
        highest = (states + (weights - 1) * 1e4).max(1).values
        hidden = nn.functional.gelu(self.hidden(self.drop(torch.cat([mean, highest], 1))))
        odds: torch.Tensor = self.out(self.drop(hidden))
        return odds


def begin(base: Path, *, threads: int = 2) -> Classifier:
    """The base model with a head that has learned nothing; sets what makes the rest reproducible.

    The same examples, base, threads and build of torch give the same weights.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(SEED)
    return Classifier(base)


def learn(model: Classifier, examples: Sequence[Example], *, epochs: float, rate: float) -> None:
    """Show the examples so many times, shuffled; progress goes to standard error.

    The rate of learning rises to `rate` over the first steps and falls to nothing in a straight line.
    """
    passes = Epochs([one for one in examples if _says_enough(one)], seed=SEED)
    first = passes.next()
    steps = int(len(first) * epochs)
    optimizer = torch.optim.AdamW(_groups(model), lr=rate, betas=(0.9, 0.98), fused=True)
    model.train()
    step = 0
    for number in range(math.ceil(epochs)):
        for batch in first if number == 0 else passes.next():
            if step >= steps:
                break
            for group in optimizer.param_groups:
                group["lr"] = rate * _slope(step, steps)
            loss = _loss(model, batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            if step % _TOLD_EVERY == 0 or step == steps:
                sys.stderr.write(f"\rencoder: step {step} of {steps}, loss {loss.item():.3f} ")
                sys.stderr.flush()
    sys.stderr.write("\n")
    model.eval()


def _says_enough(example: Example) -> bool:
    """Whether a text is worth its time: harmful in a category, or judged in two at least."""
    known = [label for label in example.labels if label is not None]
    return any(known) or len(known) > 1


def _groups(model: nn.Module) -> list[dict[str, object]]:
    """Matrices decay a little, offsets do not."""
    matrices = [one for one in model.parameters() if one.ndim > 1]
    vectors = [one for one in model.parameters() if one.ndim <= 1]
    return [{"params": matrices, "weight_decay": 0.01}, {"params": vectors, "weight_decay": 0.0}]


def _slope(step: int, steps: int) -> float:
    warm = max(1.0, _WARM_SHARE * steps)
    return min(1.0, (step + 1) / warm, (steps - step) / (steps - warm + 1))


def _loss(model: Classifier, batch: Sequence[Shown]) -> torch.Tensor:
    """Cross-entropy over the categories somebody judged, weighted by source."""
    ids = np.zeros((len(batch), len(batch[-1].ids) + 2), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, one in enumerate(batch):
        ids[row, : len(one.ids) + 2] = [START, *one.ids, END]
        mask[row, : len(one.ids) + 2] = 1
    labels = torch.from_numpy(np.stack([one.labels for one in batch]))
    weights = torch.tensor([one.weight for one in batch])[:, None] * ~torch.isnan(labels)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        odds = model(torch.from_numpy(ids), torch.from_numpy(mask))
    losses = nn.functional.binary_cross_entropy_with_logits(
        odds.float(),
        torch.nan_to_num(labels),
        reduction="none",
        pos_weight=torch.tensor(_HARMFUL_WEIGHT),
    )
    return (losses * weights).sum() / weights.sum().clamp(min=1.0)
