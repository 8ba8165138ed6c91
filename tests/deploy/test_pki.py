"""The site's authority: what it signs is trusted for the names it is for, whatever time a Pi believes it is, and by nobody else."""

import inspect
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from vigie.deploy import pki
from vigie.deploy.hub import fetch_authority

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
POWER_ON = datetime(1970, 1, 1, 0, 0, 20, tzinfo=UTC)
SOURCES = Path(pki.__file__).parents[1]


@pytest.fixture(scope="module")
def authority():
    return pki.new_authority("Vigie test", NOW)


@pytest.fixture(scope="module")
def broker(authority):
    return pki.issue(authority, "hub.local", ("hub.local", "192.168.1.50", "fd00::1"), pki.MACHINE, NOW)


def is_trusted(made, authority, name, at):
    store = Store([x509.load_pem_x509_certificate(authority.certificate)])
    try:
        PolicyBuilder().store(store).time(at).build_server_verifier(pki._general_name(name)).verify(
            x509.load_pem_x509_certificate(made.certificate), []
        )
    except VerificationError:
        return False
    return True


def shakes_hands(made, authority, name, folder):
    """With Python's `ssl` on both sides, as agent and bridge do."""
    (folder / "both.pem").write_bytes(made.key + made.certificate)
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cadata=authority.certificate.decode())
    server.load_cert_chain(folder / "both.pem")
    ends = [ssl.MemoryBIO() for _ in range(2)]
    parties = [
        server.wrap_bio(ends[0], ends[1], server_side=True),
        client.wrap_bio(ends[1], ends[0], server_hostname=name),
    ]
    open_ends = set(parties)
    for _ in range(10):
        for party in parties:
            try:
                party.do_handshake()
                open_ends.discard(party)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError:
                return False
    return not open_ends


@pytest.mark.parametrize("at", [POWER_ON, NOW, NOW + timedelta(days=9 * 365)], ids=["1970", "now", "in nine years"])
@pytest.mark.parametrize("name", ["hub.local", "192.168.1.50", "fd00::1"])
def test_the_broker_is_trusted_by_each_of_its_names_whatever_the_clock_says(authority, broker, name, at):
    assert is_trusted(broker, authority, name, at)


@pytest.mark.parametrize("name", ["raspberry-01", "hub", "192.168.1.51"])
def test_not_by_another_name(authority, broker, name):
    assert not is_trusted(broker, authority, name, NOW)


def test_not_by_who_trusts_another_authority(broker):
    assert not is_trusted(broker, pki.new_authority("Vigie test", NOW), "hub.local", NOW)


def test_pythons_ssl_agrees(authority, broker, tmp_path):
    assert shakes_hands(broker, authority, "hub.local", tmp_path)
    assert shakes_hands(broker, authority, "192.168.1.50", tmp_path)
    assert not shakes_hands(broker, authority, "raspberry-01", tmp_path)
    assert not shakes_hands(broker, pki.new_authority("other", NOW), "hub.local", tmp_path)


def test_a_machine_cannot_sign_for_another(authority, broker):
    forged = pki.issue(broker, "raspberry-01", ("raspberry-01",), pki.MACHINE, NOW)
    store = Store([x509.load_pem_x509_certificate(authority.certificate)])
    verifier = PolicyBuilder().store(store).time(NOW).build_server_verifier(x509.DNSName("raspberry-01"))
    with pytest.raises(VerificationError):
        verifier.verify(x509.load_pem_x509_certificate(forged.certificate), [x509.load_pem_x509_certificate(broker.certificate)])


def test_a_phone_takes_the_pages_certificate(authority):
    page = x509.load_pem_x509_certificate(pki.issue(authority, "hub.local", ("hub.local",), pki.WEB, NOW).certificate)
    assert page.not_valid_after_utc - page.not_valid_before_utc <= timedelta(days=825)
    assert page.not_valid_before_utc < NOW


def test_nothing_outlives_its_authority(authority):
    late = pki.issue(authority, "hub.local", ("hub.local",), pki.MACHINE, NOW + timedelta(days=15 * 365))
    assert pki.expires_at(late.certificate) == pki.expires_at(authority.certificate)


def test_keys_are_p_256_and_never_shown(authority, broker):
    assert load_pem_private_key(broker.key, None).curve.name == "secp256r1"
    for certified in (authority, broker):
        assert "PRIVATE" not in repr(certified)


def test_another_one_is_due_when_it_is_old_of_others_or_rubbish(authority, broker):
    names = ("192.168.1.50", "hub.local", "fd00::1")
    assert not pki.is_due(broker.certificate, authority, names, pki.MACHINE, NOW + timedelta(days=7 * 365))
    assert pki.is_due(broker.certificate, authority, names, pki.MACHINE, NOW + timedelta(days=8 * 365))
    assert pki.is_due(broker.certificate, authority, ("hub.local",), pki.MACHINE, NOW)
    assert pki.is_due(broker.certificate, pki.new_authority("Vigie test", NOW), names, pki.MACHINE, NOW)
    assert pki.is_due(b"rubbish", authority, names, pki.MACHINE, NOW)


def test_nothing_in_vigie_turns_verification_off_but_the_one_fetch_that_a_code_vouches_for():
    off = ("tls_insecure", "CERT_NONE", "check_hostname = False", "verify=False", "ssl=False", "_create_unverified_context")
    sources = {path: path.read_text(encoding="utf-8") for path in SOURCES.rglob("*.py")}
    assert len(sources) > 100
    found = [(path.name, word) for path, text in sources.items() for word in off if word in text]
    assert sorted(found) == [("hub.py", "CERT_NONE"), ("hub.py", "check_hostname = False")]
    source = inspect.getsource(fetch_authority)
    assert all(source.count(word) == 1 for _, word in found), "in no other function of that file"
    assert '"GET", AUTHORITY_ROUTE, None' in source, "it says nothing; test_join.py has what is sent"
