"""Secrets stay where they belong: canaries go through a real server that logs all it can, and are looked for everywhere else."""

import zipfile
from pathlib import Path

import requests

from tests.server.program import ServerProcess
from vigie.cli import main
from vigie.runtime.tokens import read_or_make

PASSWORDS = {"anna": "canary-anna-correct-horse", "otto": "canary-otto-battery-staple"}
WRONG = "canary-wrong-but-nearly-right"
PIN, DURESS_PIN, WRONG_PIN = "73915846", "73915847", "73915848"


def go_through(server: ServerProcess, ingest: str) -> tuple[list[str], list[str]]:
    """Everything that a secret is needed for; what was secret of it, and all that was answered."""
    anna, otto, nobody = requests.Session(), requests.Session(), requests.Session()
    heard: list[str] = []

    def ask(who: requests.Session, method: str, path: str, body: object = None, **headers: str) -> requests.Response:
        answer = who.request(method, server.url + path, json=body, headers=headers, timeout=20)
        heard.append(answer.text)
        return answer

    assert ask(anna, "POST", "/api/set-up", {"name": "anna", "password": PASSWORDS["anna"]}).status_code == 201
    ask(anna, "POST", "/api/users", {"name": "otto", "role": "operator", "password": PASSWORDS["otto"]})
    ask(nobody, "POST", "/api/session", {"name": WRONG, "password": WRONG})
    ask(nobody, "POST", "/api/session", {"name": "otto", "password": WRONG})
    ask(nobody, "POST", "/api/session", {"name": "otto", "password": [WRONG]})
    assert ask(otto, "POST", "/api/session", {"name": "otto", "password": PASSWORDS["otto"]}).status_code == 200
    made = anna.post(f"{server.url}/api/tokens", json={"name": "grafana", "scope": "viewer"}, timeout=5).json()["token"]
    assert ask(anna, "POST", "/api/people", {"name": "anna", "pin": PIN, "duress_pin": DURESS_PIN}).status_code == 201
    ask(otto, "PUT", "/api/mode", {"mode": "active", "pin": WRONG_PIN})
    ask(otto, "PUT", "/api/mode", {"mode": "party", "pin": PIN})
    ask(otto, "PUT", "/api/session/password", {"current_password": WRONG, "new_password": PASSWORDS["otto"]})
    for token in (ingest, made, "vigie_" + "c" * 43):
        for path in ("/api/ledger", "/api/audit", "/metrics"):
            ask(nobody, "GET", path, Authorization=f"Bearer {token}")
        ask(nobody, "POST", "/api/events", {"type": token}, Authorization=f"Bearer {ingest[:-1]}")
    for path in ("/openapi.json", "/docs", "/api/audit", "/api/users", "/api/tokens", "/api/sessions", "/api/people", "/metrics"):
        assert ask(anna, "GET", path).status_code == 200, path
    assert ask(anna, "POST", "/api/doctor").status_code == 200
    cookies = [who.cookies["vigie_session"] for who in (anna, otto)]
    return [*PASSWORDS.values(), WRONG, PIN, DURESS_PIN, WRONG_PIN, ingest, made, *cookies], heard


def test_no_secret_is_in_a_log_an_answer_the_process_list_the_database_or_what_the_doctor_says(tmp_path: Path, capfd):
    data, file = tmp_path / "data", tmp_path / "ingest.token"
    ingest = read_or_make(file)
    config = tmp_path / "server.toml"
    config.write_text(f'log_level = "DEBUG"\n[token_files]\ningest = "{file}"\n', encoding="utf-8")
    with ServerProcess(data, arguments=["--config", str(config)]) as server:
        server.wait_until_up()
        canaries, heard = go_through(server, ingest)
        command = Path(f"/proc/{server.process.pid}/cmdline").read_text() + Path(f"/proc/{server.process.pid}/environ").read_text()
        stored = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file()).decode("utf-8", "replace")
        main(["doctor", "--json", "--data", str(data), "--config", str(config), "--bundle", str(tmp_path / "bundle.zip")])
        _, log = server.stop()
    said = capfd.readouterr()
    with zipfile.ZipFile(tmp_path / "bundle.zip") as bundle:
        bundled = "".join(bundle.read(name).decode() for name in bundle.namelist())
    doctor = said.out + said.err
    places = {"bundle": bundled, "log": log, "answers": "\n".join(heard), "processes": command, "disk": stored, "doctor": doctor}
    assert all(places.values()), "each of them says something"
    assert [(name, canary) for name, text in places.items() for canary in canaries if canary in text] == []
