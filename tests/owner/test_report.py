"""The doctor's bundle: what is in it, and what is not."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.cli import USAGE, main
from vigie.owner.backup.redaction import without_secrets as without_secrets_in_toml
from vigie.owner.report import LEFT_OUT, without_secrets
from vigie.owner.secret_words import SECRET_WORDS
from vigie.runtime.tokens import new_token

LETTERS = st.text("abcdefghijkmnopqrstuvwxyzABCDEFGH23456789_-", min_size=12, max_size=40)
PLACES = [
    'password = "{}"',
    "broker.password = '{}'",
    'broker = {{ url = "mqtt://pi", password = "{}", username = "pi" }}',
    '"backend_token": "{}",',
    "MQTT_PASSWORD={}",
    "export BACKEND_TOKEN={} DEVICE_ID=pi",
    "WARNING bridge refused token={} reason=old",
    'url = "mqtt://pi:{}@192.168.1.5"',
    "Authorization: Bearer {}",
    "open http://hub:8000/set-up#{}",
    "$argon2id$v=19$m=19456,t=2,p=1${}",
    "bridge:$7$101${}",
]


@given(LETTERS, st.sampled_from(PLACES))
def test_no_secret_gets_through(secret: str, place: str):
    text = f"before = 1\n{place.format(secret)}\nafter = 2"
    left = without_secrets(text)
    assert secret not in left
    assert LEFT_OUT in left
    assert left.startswith("before = 1\n")
    assert left.endswith("\nafter = 2")


@pytest.mark.parametrize(
    "line",
    ["pin = 17", 'password_file = "/etc/vigie/broker.password"', "token_files.ingest_file = 1", 'location = "entrance"', "a: b"],
)
def test_what_is_no_secret_stays(line: str):
    assert without_secrets(line) == line


def test_a_token_is_known_anywhere():
    token = new_token()
    assert without_secrets(f"odd {token}, again:{token}") == f"odd {LEFT_OUT}, again:{LEFT_OUT}"


def test_a_bundle_has_findings_configuration_and_logs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "agents" / "pi").mkdir(parents=True)
    (tmp_path / "agents" / "pi" / "agent.toml").write_text('device_id = "pi"\nbroker.password = "canary"\n')
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "pi.log").write_text("x" * 300_000 + " password=canary\nINFO pi the last line\n")
    bundle = tmp_path / "for-you.zip"
    main(["doctor", "--data", str(tmp_path), "--bundle", str(bundle)])
    assert "look it through" in capsys.readouterr().out
    assert bundle.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(bundle) as found:
        texts = {name: found.read(name).decode() for name in found.namelist()}
    assert {"doctor.json", "machine.json", "logs/pi.log"} <= texts.keys()
    assert texts["logs/pi.log"] == "INFO pi the last line\n"
    assert any('device_id = "pi"' in text for text in texts.values())
    assert [name for name, text in texts.items() if "canary" in text] == []
    assert main(["doctor", "--data", str(tmp_path), "--bundle", str(bundle)]) == USAGE, "it overwrites nothing"


@pytest.mark.parametrize("word", SECRET_WORDS.split("|"))
def test_bundle_and_backup_leave_out_the_same(word: str):
    line = f'my_{word} = "canary"'
    assert "canary" not in without_secrets(line)
    assert "canary" not in (without_secrets_in_toml(line) or "canary")
