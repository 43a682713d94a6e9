"""A BERT sentence tower out of torch's own transformer layers.

transformers has a `BertModel`, but importing any of its models takes two seconds and brings torchvision
along. A search loads this tower alone, so it must start fast; the numbers are the same (tested).
"""

from collections.abc import Mapping

import torch
from pydantic import BaseModel, ConfigDict, PositiveInt
from torch import Tensor, nn


class BertConfig(BaseModel):
    """The shape of a BERT, read from its `config.json`; what says nothing of the shape is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    vocab_size: PositiveInt
    hidden_size: PositiveInt
    num_hidden_layers: PositiveInt
    num_attention_heads: PositiveInt
    intermediate_size: PositiveInt
    max_position_embeddings: PositiveInt
    pad_token_id: int = 0
    layer_norm_eps: float = 1e-12
    hidden_dropout_prob: float = 0.1


class BertTower(nn.Module):
    """Token ids to one vector a sentence: the mean of the last layer over the tokens that are not padding."""

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.words = _embedding(config.vocab_size, width)
        self.positions = _embedding(config.max_position_embeddings, width)
        self.segment = nn.Parameter(torch.zeros(width))  # BERT's token type 0: a sentence has one segment
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        layer = nn.TransformerEncoderLayer(
            width,
            config.num_attention_heads,
            config.intermediate_size,
            dropout=config.hidden_dropout_prob,
            activation="gelu",
            layer_norm_eps=config.layer_norm_eps,
            batch_first=True,
        )
        self.layers = nn.TransformerEncoder(layer, config.num_hidden_layers, enable_nested_tensor=False)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Int64 `[n, t]` and bool `[n, t]` (true on words) to `[n, hidden]`, not normalised."""
        return self.pool(self.layers(self.embed(ids), src_key_padding_mask=~mask), mask)

    def embed(self, ids: Tensor) -> Tensor:
        """What the first layer sees, `[n, t, hidden]`."""
        places = torch.arange(ids.shape[1], device=ids.device)
        embedded: Tensor = self.norm(self.words(ids) + self.positions(places) + self.segment)
        return self.dropout(embedded)  # type: ignore[no-any-return]

    def pool(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """The mean of the last layer's `[n, t, hidden]` over the words."""
        kept = mask.unsqueeze(-1)
        # Where, not multiply: torch's inference kernel may leave anything in padded places.
        return torch.where(kept, hidden, 0).sum(1) / kept.sum(1).clamp(min=1)


def _embedding(rows: int, width: int) -> nn.Embedding:
    # Uniform, of BERT's spread 0.02: drawing normal numbers on the meta device, where a model is built that is about
    # to be loaded, makes torch import its compiler (a second).
    return nn.Embedding(rows, width, _weight=torch.empty(rows, width).uniform_(-0.035, 0.035))


def from_bert(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a published `BertModel` under `BertTower`'s names; its pooler is left behind."""
    renamed = {
        "words.weight": weights["embeddings.word_embeddings.weight"],
        "positions.weight": weights["embeddings.position_embeddings.weight"],
        "segment": weights["embeddings.token_type_embeddings.weight"][0],
        "norm.weight": weights["embeddings.LayerNorm.weight"],
        "norm.bias": weights["embeddings.LayerNorm.bias"],
    }
    layers = 1 + max(int(key.split(".")[2]) for key in weights if key.startswith("encoder.layer."))
    for number in range(layers):
        theirs, ours = f"encoder.layer.{number}", f"layers.layers.{number}"
        for kind in ("weight", "bias"):
            attention = [weights[f"{theirs}.attention.self.{part}.{kind}"] for part in ("query", "key", "value")]
            renamed[f"{ours}.self_attn.in_proj_{kind}"] = torch.cat(attention)
            for their_part, our_part in _PARTS.items():
                renamed[f"{ours}.{our_part}.{kind}"] = weights[f"{theirs}.{their_part}.{kind}"]
    return renamed


_PARTS = {
    "attention.output.dense": "self_attn.out_proj",
    "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "linear1",
    "output.dense": "linear2",
    "output.LayerNorm": "norm2",
}
