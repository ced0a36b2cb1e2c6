"""Step 6, second half: a trained model as ONNX, in eight bits, behind a service. Nothing here needs torch to serve."""

from talentlab.deployment.eight_bits import quantize_int8
from talentlab.deployment.export import (
    FILES,
    OnnxClassifier,
    check_parity,
    export_onnx,
    measure_speed,
    require_packages,
)

__all__ = [
    "FILES", "OnnxClassifier", "check_parity", "export_onnx", "measure_speed", "quantize_int8", "require_packages",
]  # fmt: skip
