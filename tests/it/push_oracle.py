"""A browser and a push service in a few lines, on another library than the node's: makes a browser's keys, opens messages (RFC 8291) and
checks who sent them (RFC 8292). `keys` prints new keys, `certificate FOLDER` makes one for localhost; else each line of the input is a
request to check."""

import base64
import datetime
import json
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key):
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def derive(salt, material, info, length):
    return HKDF(hashes.SHA256(), length, salt, info).derive(material)


def open_message(private, secret, body):
    salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
    sender, sealed = body[21 : 21 + length], body[21 + length :]
    assert len(sealed) <= size <= 4096 and len(body) <= 4096, (size, len(body))
    agreed = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    info = b"WebPush: info\0" + point(private.public_key()) + sender
    material = derive(secret, agreed, info, 32)
    key = derive(salt, material, b"Content-Encoding: aes128gcm\0", 16)
    nonce = derive(salt, material, b"Content-Encoding: nonce\0", 12)
    record = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
    assert record[-1] == 2, "the last record ends so"
    return record[:-1].decode()


def check_sender(header, public_key):
    scheme, _, rest = header.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert scheme == "vapid" and parts["k"] == public_key, header
    head, claims, signature = parts["t"].split(".")
    assert json.loads(unb64(head)) == {"typ": "JWT", "alg": "ES256"}
    raw = unb64(signature)
    assert len(raw) == 64
    signed = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(public_key))
    key.verify(signed, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(unb64(claims))


def make_certificate(folder):
    """ca.pem, and cert.pem with key.pem for localhost."""
    now = datetime.datetime.utcnow()

    def sign(name, key, issuer, signer, extension):
        named = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (name, issuer)]
        builder = x509.CertificateBuilder(named[1], named[0], key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=2))
        return builder.add_extension(extension, True).sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)

    root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    local = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    files = {
        "ca.pem": sign("authority", root, "authority", root, x509.BasicConstraints(True, None)),
        "cert.pem": sign("localhost", own, "authority", root, local),
        "key.pem": own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    }
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)


if sys.argv[1:2] == ["certificate"]:
    make_certificate(sys.argv[2])
elif sys.argv[1:] == ["keys"]:
    made = ec.generate_private_key(ec.SECP256R1())
    number = made.private_numbers().private_value
    print(json.dumps({"private": f"{number:x}", "p256dh": b64(point(made.public_key())), "auth": b64(os.urandom(16))}))
else:
    for line in sys.stdin:
        asked = json.loads(line)
        own = ec.derive_private_key(int(asked["private"], 16), ec.SECP256R1())
        claims = check_sender(asked["authorization"], asked["public_key"])
        print(json.dumps({"text": open_message(own, unb64(asked["auth"]), unb64(asked["body"])), "claims": claims}))
