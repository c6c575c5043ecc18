"""The installed open_clip, also where torchvision is absent: it needs that for pictures of PIL only."""

import importlib
import sys
from unittest import mock

import transformers

STANDING_IN = ["torchvision", "torchvision.ops", "torchvision.ops.misc", "torchvision.transforms",
               "torchvision.transforms.functional"]


def import_open_clip():
    if "open_clip" in sys.modules:
        return sys.modules["open_clip"]
    transformers.CLIPTextModel  # transformers looks for torchvision when its models are first used
    try:
        importlib.import_module("torchvision.transforms")
    except (ImportError, RuntimeError):
        with mock.patch.dict(sys.modules, {name: mock.MagicMock() for name in STANDING_IN}):
            imported = importlib.import_module("open_clip")
            mine = {n: m for n, m in sys.modules.items() if n.split(".")[0] == "open_clip"}
        sys.modules.update(mine)
        return imported
    return importlib.import_module("open_clip")


open_clip = import_open_clip()
