"""docs/nodes is what the plugins say."""

import re

from conftest import ROOT


def test_node_pages_are_up_to_date(calotype):
    written = (ROOT / "docs" / "nodes" / "index.md").read_text()
    generated = calotype("nodes", "--markdown").stdout
    assert re.sub(r"\A# Nodes\n.*?\n\n", "", written, flags=re.S).strip() == generated.strip(), "run scripts/docs"
