"""No DNS, no route, no time server: everything local works, and the page loads nothing from elsewhere."""

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

from tests.house import clean_environment


def test_a_house_without_any_network_guards_and_its_page_asks_nobody_else(tmp_path):
    own_network = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    command = [*own_network, sys.executable, "-m", "tests.e2e.offline", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["interfaces"] == ["lo"]
    elsewhere = [url for url in seen["asked"] if urlsplit(url).netloc != urlsplit(seen["own"]).netloc]
    assert [url for url in elsewhere if not url.startswith(("blob:", "data:"))] == []
    assert any(url.startswith("ws:") for url in seen["asked"])
    assert seen["complaints"] == []
