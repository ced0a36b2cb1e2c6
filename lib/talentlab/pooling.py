"""A BERT classifier whose head looks at all tokens instead of at the first one."""

import torch
from torch import Tensor, nn
from transformers import BertForSequenceClassification
from transformers.modeling_outputs import SequenceClassifierOutput


class MeanPooledBert(BertForSequenceClassification):
    """BERT with the mean of the tokens' states in place of [CLS] below pooler and head; the weights are the same.

    Sentence models such as `minilm` were pretrained with this mean, and their [CLS] state was left to itself: on the
    bundled reviews the mean is worth two to three points. A folder saved from this class names it in `architectures`,
    by which `models.load_pretrained` finds it again; plain transformers would load the weights with [CLS].

    Source: Reimers & Gurevych 2019 (arXiv 1908.10084), section 3, "MEAN-strategy".
    """

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        labels: Tensor | None = None,
        **kwargs: Tensor,
    ) -> SequenceClassifierOutput:
        """Logits [B, C] for `input_ids` and `attention_mask` [B, T]; with `labels` [B] also the loss [nats/example]."""
        hidden = self.bert(input_ids, attention_mask=attention_mask, **kwargs).last_hidden_state  # [B, T, H]
        if attention_mask is None:
            mean = hidden.mean(1)
        else:
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)  # [B, T, 1]
            mean = (hidden * mask).sum(1) / mask.sum(1)  # [B, H]
        pooled = torch.tanh(self.bert.get_submodule("pooler.dense")(mean))  # [B, H]
        logits = self.classifier(self.dropout(pooled))  # [B, C]
        loss = None if labels is None else nn.functional.cross_entropy(logits, labels)
        return SequenceClassifierOutput(loss=loss, logits=logits)
