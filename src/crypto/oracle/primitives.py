"""Notation and primitives of the protocol, for the oracle."""

import base64
import hashlib
import hmac
import unicodedata

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PREFIX = "snug/e2ee/1/"
SUITE = 1


def named(name, length=32):
    """The bytes that a name stands for."""
    return hashlib.sha256(b"vec:" + name.encode()).digest()[:length]


def ident(name):
    return named(name, 16)


def encode(label, *fields):
    out = b""
    for field in (label, *fields):
        if isinstance(field, str):
            field = field.encode()
        elif isinstance(field, int):
            field = field.to_bytes(8, "big")
        elif field is None:
            field = b""
        out += len(field).to_bytes(4, "big") + field
    return out


def tup(label, *fields):
    return encode(PREFIX + label, *fields)


def sha256(data):
    return hashlib.sha256(data).digest()


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf(key, salt, info, length=32):
    return HKDF(hashes.SHA256(), length, salt or None, info).derive(key)


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw(public):
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def x_public(secret):
    return raw(X25519PrivateKey.from_private_bytes(secret).public_key())


def dh(secret, public):
    return X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(public))


def ed_public(seed):
    return raw(Ed25519PrivateKey.from_private_bytes(seed).public_key())


def sign(seed, message):
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def unb64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def check(public, signature, message):
    """Raises unless the signature verifies."""
    Ed25519PublicKey.from_public_bytes(public).verify(signature, message)


def seal(key, context, plaintext, salt, nonce):
    once = hkdf(key, salt, context)
    return once, AESGCM(once).encrypt(nonce, plaintext, context)


# HPKE, RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM


def labeled_extract(suite, salt, label, key):
    return mac(salt or bytes(32), b"HPKE-v1" + suite + label + key)


def labeled_expand(suite, key, label, info, length):
    info = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(hashes.SHA256(), length, info).derive(key)


def hpke_seal(public, ephemeral, info, plaintext, psk=b"", psk_id=b""):
    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x02"
    enc = x_public(ephemeral)
    secret = labeled_extract(kem, b"", b"eae_prk", dh(ephemeral, public))
    secret = labeled_expand(kem, secret, b"shared_secret", enc + public, 32)
    context = bytes([1 if psk else 0])
    context += labeled_extract(suite, b"", b"psk_id_hash", psk_id) + labeled_extract(suite, b"", b"info_hash", info)
    secret = labeled_extract(suite, secret, b"secret", psk)
    key = labeled_expand(suite, secret, b"key", context, 32)
    nonce = labeled_expand(suite, secret, b"base_nonce", context, 12)
    return enc, AESGCM(key).encrypt(nonce, plaintext, b"")


def argon2id(password, salt, m, t, p):
    password = unicodedata.normalize("NFKC", password).encode()
    try:
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        return Argon2id(salt=salt, length=32, iterations=t, lanes=p, memory_cost=m).derive(password)
    except ImportError:
        from argon2.low_level import Type, hash_secret_raw

        return hash_secret_raw(password, salt, t, m, p, 32, Type.ID, 0x13)
