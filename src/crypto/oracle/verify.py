#!/usr/bin/env python3
"""An independent check of the shared test vectors.

Makes e2ee-vectors-v1.json again from the names of its inputs, with nothing of this project: Python's standard library and
the `cryptography` package (for Argon2id also `argon2`, if `cryptography` is older than 44). Fails on any difference.

    python3 src/crypto/oracle/verify.py [FILE]

Needs on Debian: python3-cryptography python3-argon2.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import sys
import unicodedata

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PREFIX = "snug/e2ee/1/"
SUITE = 1
AT = 1_795_255_200


# Notation


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


# The groups of the file


def sender(name):
    return {
        "account": ident(name),
        "device": ident(name + "-dev"),
        "aikSeed": named(name + "-aik"),
        "aik": ed_public(named(name + "-aik")),
        "ikPriv": named(name + "-ik"),
        "ik": x_public(named(name + "-ik")),
        "dsk": named(name + "-dsk"),
        "dskPub": ed_public(named(name + "-dsk")),
    }


def x3dh(with_opk):
    a, ek = sender("alice"), named("ek")
    b = {
        "account": ident("bob"),
        "aik": ed_public(named("bob-aik")),
        "ik": x_public(named("bob-ik")),
        "spkId": ident("spk"),
        "spk": x_public(named("bob-spk")),
        "opkId": ident("opk") if with_opk else b"",
        "opk": x_public(named("bob-opk")) if with_opk else b"",
    }
    shared = dh(a["ikPriv"], b["spk"]) + dh(ek, b["ik"]) + dh(ek, b["spk"])
    if with_opk:
        shared += dh(ek, b["opk"])
    info = tup(
        "x3dh", SUITE, ident("conv"), 3, a["account"], a["device"], a["aik"], a["ik"], x_public(ek),
        b["account"], b["aik"], b["ik"], b["spkId"], b["spk"], b["opkId"], b["opk"],
    )  # fmt: skip
    okm = hkdf(b"\xff" * 32 + shared, bytes(32), info, 44)
    return {
        "conv": ident("conv"),
        "epoch": 3,
        "secret": named("epoch-secret"),
        "a": a,
        "b": b,
        "b_ik_priv": named("bob-ik"),
        "spk_priv": named("bob-spk"),
        "opk_priv": named("bob-opk") if with_opk else b"",
        "ek_priv": ek,
        "ek": x_public(ek),
        "ct": AESGCM(okm[:32]).encrypt(okm[32:], named("epoch-secret"), info),
    }


def padme(n):
    if n < 2:
        return n
    e = n.bit_length() - 1
    step = 1 << (e - e.bit_length())
    return -(-n // step) * step


def bucket(n):
    return max(256, -(-n // 256) * 256) if n <= 4096 else padme(n)


def message():
    key = ed_public(named("alice-dsk"))
    context = tup(
        "msg", SUITE, ident("conv"), 3, ident("alice"), ident("alice-dev"), key, ident("msg"), "msg", None, None, 0
    )
    content = '{"v":1,"t":"text","body":"Grüße from Snug 🦔"}'.encode()
    signature = sign(named("alice-dsk"), tup("msg-sig", context, named("salt"), content))
    inner = len(content).to_bytes(4, "big") + content + signature
    inner += bytes(bucket(68 + len(content)) - len(inner))
    once, ct = seal(named("epoch-secret"), context, inner, named("salt"), named("nonce", 12))
    return {
        "conv": ident("conv"),
        "epoch": 3,
        "account": ident("alice"),
        "device": ident("alice-dev"),
        "senderKey": key,
        "id": ident("msg"),
        "kind": "msg",
        "target": "",
        "thread": "",
        "expires": 0,
        "secret": named("epoch-secret"),
        "dsk_seed": named("alice-dsk"),
        "content": content,
        "salt": named("salt"),
        "nonce": named("nonce", 12),
        "mk": once,
        "sig": signature,
        "ct": ct,
    }


def box():
    info = tup("box", ident("alice"), "h", 2, ident("slotid"))
    enc, ct = hpke_seal(x_public(named("slot")), named("box-ek"), info, named("history-key"))
    return {
        "account": ident("alice"),
        "class": "h",
        "gen": 2,
        "slot": ident("slotid"),
        "slot_priv": named("slot"),
        "key": named("history-key"),
        "ek_priv": named("box-ek"),
        "enc": enc,
        "ct": ct,
        "commit": hkdf(named("history-key"), b"", tup("account-key-commit", ident("alice"), "h", 2)),
    }


def pair():
    ps, dsk, dxk = named("pair", 10), ed_public(named("alice-dsk")), x_public(named("slot"))
    psk = hkdf(ps, b"", tup("pair-psk"))
    enc, ct = hpke_seal(
        dxk, named("box-ek"), tup("pair", ident("alice")), named("history-key"), psk, (PREFIX + "pair").encode()
    )
    request = tup("pair-req", ident("alice"), dsk, dxk)
    return {"ps": ps, "enc": enc, "ct": ct, "mac": mac(hkdf(ps, b"", tup("pair-mac")), request), "dsk": dsk}


def password(mk):
    account = ident("alice")
    return {
        "password": "correct horse",
        "salt": named("pwsalt", 16),
        "m": 65536,
        "t": 3,
        "p": 1,
        "mk": mk,
        "auth": hkdf(mk, b"", tup("pw-auth", account)),
        "slot_priv": hkdf(mk, b"", tup("slot-key", account, "pw")),
        "tag_key": hkdf(mk, b"", tup("slot-tag-key", account, "pw")),
    }


def slot_tag(mk):
    key = hkdf(mk, b"", tup("slot-tag-key", ident("alice"), "pw"))
    public, aik = x_public(named("slot")), ed_public(named("alice-aik"))
    return mac(key, tup("slot-tag", ident("alice"), ident("slotid"), "pw", public, aik, 4))


def safety():
    def half(name):
        digest = hashlib.sha512(tup("safety", ident(name), ed_public(named(name + "-aik")))).digest()[:30]
        groups = (int.from_bytes(digest[at : at + 5], "big") % 100_000 for at in range(0, 30, 5))
        return "".join(f"{group:05}" for group in groups)

    return {
        "a": ident("alice"),
        "aik_a": ed_public(named("alice-aik")),
        "b": ident("bob"),
        "aik_b": ed_public(named("bob-aik")),
        "digits": "".join(half(name) for name in sorted(("alice", "bob"), key=ident)),
    }


def file(length):
    key, salt = named("filekey"), named("filesalt", 16)
    aead = AESGCM(hkdf(key, salt, tup("file")))
    plain = bytes(at % 256 for at in range(length))
    parts = [plain[at : at + 64] for at in range(0, length, 64)] or [b""]
    ct = b""
    for index, part in enumerate(parts):
        nonce = bytes(3) + index.to_bytes(8, "big") + bytes([index == len(parts) - 1])
        ct += aead.encrypt(nonce, part, None)
    return {"key": key, "salt": salt, "chunk": 64, "len": length, "ct": ct}


def link():
    body = {
        "v": 1,
        "t": "device_add",
        "seq": 4,
        "prev": b64u(named("prev")),
        "device": b64u(ident("bob-dev")),
        "dsk": b64u(ed_public(named("bob-dsk"))),
        "dxk": b64u(x_public(named("bob-ik"))),
        "at": AT,
    }
    body = json.dumps(body, separators=(",", ":")).encode()
    signature = sign(named("alice-dsk"), tup("acct-link", ident("alice"), body))
    return {
        "account": ident("alice"),
        "body": body,
        "sig": signature,
        "signer": ed_public(named("alice-dsk")),
        "hash": sha256(tup("acct-link-hash", ident("alice"), body, signature)),
    }


def vault():
    item = ident("conv") + (3).to_bytes(8, "big")
    context = tup("vault", ident("alice"), "h", 2, "epoch", item, 1)
    _, ct = seal(named("history-key"), context, named("epoch-secret"), named("vsalt"), named("vnonce", 12))
    return {
        "account": ident("alice"),
        "class": "h",
        "gen": 2,
        "kind": "epoch",
        "item": item,
        "rev": 1,
        "key": named("history-key"),
        "pt": named("epoch-secret"),
        "salt": named("vsalt"),
        "nonce": named("vnonce", 12),
        "ct": ct,
    }


def roster():
    members = [("alice", "owner"), ("bob", "member")]
    members = [{"acct": ident(name), "aik": ed_public(named(name + "-aik")), "role": role} for name, role in members]
    fields = [member[field] for member in sorted(members, key=lambda m: m["acct"]) for field in ("acct", "aik", "role")]
    return {"conv": ident("conv"), "members": members, "hash": sha256(tup("roster", ident("conv"), len(members), *fields))}


def everything():
    mk = argon2id("correct horse", named("pwsalt", 16), 65536, 3, 1)
    spk = tup("spk", ident("alice"), 1, x_public(named("alice-ik")), ident("spk"), x_public(named("bob-spk")), AT)
    export = tup("export", ident("conv"), 3, "sframe", ident("alice"), ident("alice-dev"))
    return {
        "version": 1,
        "prefix": PREFIX,
        "tuple": {"in": ["demo", "a", 7, ""], "hex": encode("demo", "a", 7, "")},
        "x3dh": [x3dh(True), x3dh(False)],
        "epoch_commit": hkdf(named("epoch-secret"), b"", tup("epoch-commit", ident("conv"), 3)),
        "message": message(),
        "buckets": [[n, bucket(n)] for n in (1, 255, 256, 257, 4096, 4097, 5000, 65535, 70000)],
        "box": box(),
        "pair": pair(),
        "password": password(mk),
        "safety": safety(),
        "files": [file(length) for length in (0, 1, 64, 65, 200)],
        "link": link(),
        "vault": vault(),
        "roster": roster(),
        "slot_tag": slot_tag(mk),
        "spk_sig": sign(named("alice-dsk"), spk),
        "exporter": hkdf(named("epoch-secret"), ident("call"), export),
    }


def written(value):
    return json.dumps(value, indent=1, ensure_ascii=False, default=bytes.hex)


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "vectors" / "e2ee-vectors-v1.json"
    ours, theirs = written(everything()), path.read_text()
    if ours == theirs:
        print(f"{path.name}: {len(ours.splitlines())} lines, the same")
        return 0
    for number, (one, other) in enumerate(zip(ours.splitlines(), theirs.splitlines()), 1):
        if one != other:
            print(f"{path.name}, line {number}\n  here  {one}\n  file  {other}")
    print(f"{path.name} differs from what its names give", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
