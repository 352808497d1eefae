"""Certificates of a laboratory: an authority that only its runs trust, and what it signs."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

_LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Signs. A process trusts it, and nobody else, by ``SSL_CERT_FILE`` in its environment."""

    folder: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def file(self) -> Path:
        """Its own certificate."""
        return self.folder / "authority.pem"

    def server(self, host: str, *, expired: bool = False) -> ssl.SSLContext:
        """For whoever is called `host`; valid until yesterday if it is `expired`."""
        key = ec.generate_private_key(ec.SECP256R1())
        ends = datetime.now(UTC) + (-timedelta(days=1) if expired else _LIFE)
        builder = _builder(host, key.public_key(), ends).issuer_name(self.certificate.subject)
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(names, critical=False).add_extension(signer, critical=False)
        signed = builder.sign(self.key, hashes.SHA256())
        file = self.folder / f"{host}{'-expired' if expired else ''}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def an_authority(folder: Path) -> Authority:
    """A new one, which keeps its files in a folder of the run."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder("Laboratory", key.public_key(), datetime.now(UTC) + _LIFE)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Laboratory")])
    builder = builder.issuer_name(subject).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    )
    certificate = builder.add_extension(usage, critical=True).sign(key, hashes.SHA256())
    authority = Authority(folder=folder, key=key, certificate=certificate)
    authority.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return authority


def _builder(name: str, key: ec.EllipticCurvePublicKey, ends: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - 2 * _LIFE)
        .not_valid_after(ends)
    )
