"""The site's own certificates: one private authority and what it signs. Bytes in, bytes out: where they are kept is `site`'s.

The one module that imports `cryptography`; a Pi only reads what it makes, with Python's `ssl`.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_FROM = datetime(1970, 1, 1, tzinfo=UTC)
"""A Pi without a network has no clock: it starts in 1970, and must find its broker all the same."""
AUTHORITY_LIFE = timedelta(days=20 * 365)


@dataclass(frozen=True, slots=True)
class Life:
    """How long a certificate lasts, and whether it also holds in 1970."""

    length: timedelta
    since_1970: bool


MACHINE = Life(timedelta(days=10 * 365), since_1970=True)
"""Of broker and cameras. Who loses a key is cut off by its broker password, not by a date; a date that passes cuts off a site."""
WEB = Life(timedelta(days=820), since_1970=False)
"""From its first day on: browsers on phones refuse more than 825, also of an authority that the owner has trusted by hand (Apple
HT210176). So it is not valid in 1970; who looks at the page has a clock.
"""
_RENEW_AT = 0.75
_CLOCKS_APART = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certified:
    """A certificate and its key, both PEM."""

    certificate: bytes
    key: bytes = field(repr=False)


def new_authority(name: str, now: datetime) -> Certified:
    """A private certificate authority. Its key signs; it is on no machine but the one that provisions."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        _builder(subject, subject, key.public_key(), since=VALID_FROM, until=now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    return Certified(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM), _pem(key))


def issue(authority: Certified, common_name: str, names: Collection[str], life: Life, now: datetime) -> Certified:
    """A certificate, with a new key, for a machine that is called by any of `names`: DNS names and IP addresses."""
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    issuer_key = _signing_key(authority.key)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    since = VALID_FROM if life.since_1970 else now - _CLOCKS_APART
    until = min(now + life.length, issuer.not_valid_after_utc)
    builder = (
        _builder(subject, issuer.subject, key.public_key(), since=since, until=until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    return Certified(builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM), _pem(key))


def is_due(certificate: bytes, authority: Certified, names: Collection[str], life: Life, now: datetime) -> bool:
    """Whether another one should be issued: it is of another authority, for other names, or three quarters of its life are over.

    Also what cannot be read as a certificate is due.
    """
    with suppress(ValueError, InvalidSignature, x509.ExtensionNotFound):
        found = x509.load_pem_x509_certificate(certificate)
        found.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.certificate))
        held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        left = found.not_valid_after_utc - now
        return set(held) != {_general_name(name) for name in names} or left < life.length * (1 - _RENEW_AT)
    return True


def expires_at(certificate: bytes) -> datetime:
    """When it ends. Raises `ValueError` for what is no certificate."""
    return x509.load_pem_x509_certificate(certificate).not_valid_after_utc


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since.replace(microsecond=0))
        .not_valid_after(until.replace(microsecond=0))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    with suppress(ValueError):
        return x509.IPAddress(ip_address(name))
    return x509.DNSName(name)


def _signing_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("the authority's key is of another kind than the ones that Vigie makes")
    return key


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
