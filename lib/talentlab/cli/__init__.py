"""The command line: a thin layer over the library's functions."""

import sys

# jsonschema, which reads notebooks for us, has it check addresses that no notebook has; its import takes a second.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
