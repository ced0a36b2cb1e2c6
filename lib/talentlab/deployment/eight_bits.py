"""An exported model in eight bits: which of its numbers share a scale."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import numpy.typing as npt

from talentlab.deployment.export import FILES, SETTINGS, _no_model, _quiet, require_packages
from talentlab.runtime import written_whole

# Of a weight: seven bits. Processors without VNNI add products of bytes by twos in 16 bits; 2 · 255 · 63 still fits.
LARGEST = 63

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto


def quantize_int8(folder: str | Path, scales: Literal["row", "block"] = "row") -> Path:
    """Write `model.int8.onnx` beside `model.onnx`: eight-bit weights in the matrix products, activations as they come.

    By `row`, each token's activations share one scale, and each column of weights another, so that an answer is the
    same to the last bit in any company. Weights use seven of the eight bits there, on every processor: the file may be
    served by another one. By `block`, each 128 numbers of a token and each 128 weights have their own scale: twice the
    work, and the texts of a batch change each other's answers by rounding, which eight bits enlarge. Word vectors stay
    in fp32: they are looked up.

    Args:
        folder: From `export_onnx`.
        scales: Which numbers share one.

    Returns:
        The new file.

    Raises:
        DeploymentError: If there is no `model.onnx`, or the extra `deploy` is missing.

    Source: Jacob et al. 2018 (arXiv 1712.05877); a scale per row and column: Dettmers et al. 2022 (arXiv 2208.07339);
        in blocks as ONNX Runtime's MatMulNBits has it.
    """
    require_packages("onnx", "onnxruntime")
    import onnx

    source, target, settings = (Path(folder) / name for name in (FILES["fp32"], FILES["int8"], SETTINGS))
    if not source.is_file():
        raise _no_model(source)
    with _quiet(), written_whole(target) as part:
        onnx.save((_in_whole_numbers if scales == "row" else _in_blocks)(onnx.load(source)), part)
    known = json.loads(settings.read_text(encoding="utf-8")) | {"int8_scales": scales}
    settings.write_text(json.dumps(known, ensure_ascii=False, indent=1), encoding="utf-8")
    return target


def _in_blocks(model: ModelProto) -> ModelProto:
    """The graph with each product of a constant as `MatMulNBits`, a scale for each 128 numbers."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer  # sets up everybody's logging

    root.handlers[:] = handlers
    root.setLevel(level)
    # level 4: activations as int8, too, and not only the weights
    quantizer = MatMulNBitsQuantizer(model, bits=8, is_symmetric=True, accuracy_level=4)
    quantizer.process()
    return cast("ModelProto", quantizer.model.model)


def _in_whole_numbers(model: ModelProto) -> ModelProto:
    """The graph with each product x W, of a constant W, as (round(x / r) round(W / s)) r s: r a column, s a row."""
    from onnx import helper, numpy_helper

    graph, add = model.graph, _Nodes()
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    ranks = _ranks(model)
    for node in graph.node:
        x, name, *bias = [*node.input, ""] if len(node.input) == 1 else node.input or ["", ""]
        matrix, attributes = constants.get(name, np.empty(0)), {one.name: one.i for one in node.attribute}
        if node.op_type in ("MatMul", "Gemm") and matrix.ndim == 2:
            y = add.product(x, name, matrix.T if attributes.get("transB") else matrix)
            add("Reshape", add("Add", y, bias[0]) if bias else y, add.rounded[x][2], to=node.output[0])
        elif (
            node.op_type == "ReduceSum" and ranks.get(x) == 3 and matrix.tolist() == [1] and not attributes["keepdims"]
        ):
            # one text's tokens the runtime would add up in another order than those of several
            ones = add("Expand", "1.0", add("Concat", "[1]", add("Shape", x, start=1, end=2), axis=0))  # [1, T]
            add("Squeeze", add("MatMul", ones, x), "[1]", to=node.output[0])
        else:
            add.nodes.append(node)
    del graph.node[:]
    graph.node.extend(add.nodes)
    used = {name for node in add.nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept + [numpy_helper.from_array(value, name) for name, value in add.constants.items()])
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    return model


def _ranks(model: ModelProto) -> dict[str, int]:
    """Number of axes of what the operations hand on, where it can be told."""
    from onnx import shape_inference

    values = shape_inference.infer_shapes(model).graph.value_info
    return {value.name: len(value.type.tensor_type.shape.dim) for value in values}


class _Nodes:
    """A list of operations that grows, with the constants that they use."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants = {
            "1.0": np.array(1, np.float32), "1e-9": np.array(1e-9, np.float32), "127.0": np.array(127, np.float32),
            "128": np.array(128, np.uint8), "[1]": np.array([1]), "[-1]": np.array([-1]),
        }  # fmt: skip
        self.rounded: dict[str, tuple[str, str, str]] = {}  # x → whole numbers 1 … 255 [M, K], scales [M, 1], x's shape

    def __call__(self, operation: str, *inputs: str, to: str = "", **attributes: object) -> str:
        """Append an operation; returns the name of its result."""
        from onnx import helper

        to = to or f"int8.{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [to], **attributes))
        return to

    def product(self, x: str, name: str, matrix: npt.NDArray[np.float32]) -> str:
        """The product of x [..., K] and W [K, N], called `name`, as [M, N]; W in whole numbers."""
        scale = np.maximum(np.abs(matrix).max(0), 1e-9) / LARGEST  # [N]
        self.constants[f"{name}.scale"] = scale.astype(np.float32)
        self.constants[f"{name}.int8"] = np.round(matrix / scale).astype(np.int8)
        if x not in self.rounded:  # query, key and value share theirs
            self.constants[f"{x}.rows"] = np.array([-1, len(matrix)])
            rows = self("Reshape", x, f"{x}.rows")
            row_scale = self("Add", self("Div", self("ReduceMax", self("Abs", rows), "[1]"), "127.0"), "1e-9")
            flat = self("Reshape", row_scale, "[-1]")  # [M]
            whole = self("QuantizeLinear", rows, flat, self("Expand", "128", self("Shape", flat)), axis=0)
            self.rounded[x] = whole, row_scale, self("Concat", self("Shape", x, end=-1), "[-1]", axis=0)
        whole, scale_of_row, _ = self.rounded[x]
        factors = whole, f"{name}.int8", "1.0", f"{name}.scale", "128"
        return self("Mul", self("MatMulIntegerToFloat", *factors, domain="com.microsoft"), scale_of_row)
