#!/usr/bin/env python3
"""An independent check of the shared test vectors.

Makes the vectors again from the names of their inputs, and follows the logs of the simulations, with nothing of this project:
Python's standard library and the `cryptography` package (for Argon2id also `argon2`, if `cryptography` is older than 44). Fails
on any difference.

    python3 src/crypto/oracle/verify.py [FOLDER]

Needs on Debian: python3-cryptography python3-argon2.
"""

import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# leaves nothing beside the sources
sys.dont_write_bytecode = True

import logs  # noqa: E402
from primitives import (  # noqa: E402
    PREFIX, SUITE, argon2id, b64u, dh, ed_public, encode, hkdf, hpke_seal, ident, mac, named, seal, sha256, sign, tup, x_public,
)  # fmt: skip

AT = 1_795_255_200


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


# The second file


def slot(kind, z):
    account, holder, aik = ident("alice"), ident("slotid"), ed_public(named("alice-aik"))
    private = hkdf(z, b"", tup("slot-key", account, kind))
    tag_key = hkdf(z, b"", tup("slot-tag-key", account, kind))
    info = tup("aik-box", account, holder, aik)
    enc, ct = hpke_seal(x_public(private), named("aik-box-ek"), info, named("alice-aik"))
    return {
        "kind": kind,
        "z": z,
        "priv": private,
        "pub": x_public(private),
        "min_seq": 9,
        "tag": mac(tag_key, tup("slot-tag", account, holder, kind, x_public(private), aik, 9)),
        "enc": enc,
        "ct": ct,
    }


def signatures():
    account, aik, new = ident("alice"), ed_public(named("alice-aik")), named("alice-aik-2")
    dsk, dxk = named("alice-dsk-2"), x_public(named("alice-dxk-2"))
    return {
        "dev_pop": sign(dsk, tup("dev-pop", account, aik, ident("alice-dev-2"), ed_public(dsk), dxk)),
        "aik_pop": sign(new, tup("aik-pop", account, aik, ed_public(new))),
        "srv_remove": sign(named("instance"), tup("srv-remove", ident("conv"), ident("bob"), AT)),
    }


def fingerprints():
    account = ident("alice")
    return {
        "aik": sha256(tup("aik-fp", account, ed_public(named("alice-aik")))),
        "device": sha256(tup("key-fp", "device", account, ed_public(named("alice-dsk")))),
        "ik": sha256(tup("key-fp", "ik", account, x_public(named("alice-ik")))),
    }


def texts():
    bits = int.from_bytes(named("pair", 10), "big")
    code = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[bits >> at & 31] for at in range(75, -1, -5))
    return {
        "pair_code": "-".join(code[at : at + 4] for at in range(0, 16, 4)),
        "pair_link": f"snug-pair:1:{b64u(ident('request'))}:{code}",
        "verify_link": f"snug-verify:1:{b64u(ident('alice'))}:{b64u(ed_public(named('alice-aik')))}",
    }


def long_message():
    content, key = b"x" * 5000, ed_public(named("alice-dsk"))
    head = (ident("alice"), ident("alice-dev"), key, ident("edit"), "edit", ident("msg"), ident("thread"), 1_800_000_000)
    context = tup("msg", SUITE, ident("conv"), 3, *head)
    signature = sign(named("alice-dsk"), tup("msg-sig", context, named("edit-salt"), content))
    inner = len(content).to_bytes(4, "big") + content + signature
    inner += bytes(bucket(68 + len(content)) - len(inner))
    _, ct = seal(named("epoch-secret"), context, inner, named("edit-salt"), named("edit-nonce", 12))
    envelope = {
        "v": 1,
        "suite": SUITE,
        "conversation_id": b64u(ident("conv")),
        "epoch": 3,
        "id": b64u(ident("edit")),
        "account": b64u(ident("alice")),
        "device": b64u(ident("alice-dev")),
        "sender_key": b64u(key),
        "kind": "edit",
        "target": b64u(ident("msg")),
        "thread": b64u(ident("thread")),
        "expires": 1_800_000_000,
        "salt": b64u(named("edit-salt")),
        "nonce": b64u(named("edit-nonce", 12)),
        "ciphertext": b64u(ct),
    }
    envelope = json.dumps(envelope, separators=(",", ":")).encode()
    return {"length": 5000, "ct_length": len(ct), "ct_sha256": sha256(ct), "json_sha256": sha256(envelope)}


def batch():
    ek, ik, secret = named("ek"), named("alice-ik"), named("epoch-secret")
    wraps = []
    for name, with_opk in (("bob", True), ("carol", False)):
        spk, b_ik = x_public(named(name + "-spk")), x_public(named(name + "-ik"))
        opk = x_public(named(name + "-opk")) if with_opk else b""
        opk_id = ident(name + "-opk") if with_opk else b""
        shared = dh(ik, spk) + dh(ek, b_ik) + dh(ek, spk) + (dh(ek, opk) if with_opk else b"")
        info = tup(
            "x3dh", SUITE, ident("conv"), 3, ident("alice"), ident("alice-dev"), ed_public(named("alice-aik")), x_public(ik), x_public(ek),
            ident(name), ed_public(named(name + "-aik")), b_ik, ident(name + "-spk"), spk, opk_id, opk,
        )  # fmt: skip
        okm = hkdf(b"\xff" * 32 + shared, bytes(32), info, 44)
        ct = AESGCM(okm[:32]).encrypt(okm[32:], secret, info)
        opk_id = b64u(opk_id) if with_opk else None
        wraps.append({"a": b64u(ident(name)), "ik_gen": 5, "spk": b64u(ident(name + "-spk")), "opk": opk_id, "ct": b64u(ct)})
    sender = {"account": b64u(ident("alice")), "device": b64u(ident("alice-dev")), "ik_gen": 2}
    body = {"v": 1, "suite": SUITE, "epoch": 3, "from": sender, "ek": b64u(x_public(ek)), "wraps": wraps}
    return json.dumps(body, separators=(",", ":"))


def padded_file():
    plain = bytes(range(200)) + bytes(padme(200) - 200)
    aead = AESGCM(hkdf(named("filekey"), named("filesalt", 16), tup("file")))
    parts = [plain[at : at + 64] for at in range(0, len(plain), 64)]
    nonces = [bytes(3) + index.to_bytes(8, "big") + bytes([index == len(parts) - 1]) for index in range(len(parts))]
    ct = b"".join(aead.encrypt(nonce, part, None) for nonce, part in zip(nonces, parts))
    return {"size": 200, "chunk": 64, "ct": ct, "sha256": sha256(ct)}


def more():
    chain = tup("epoch-chain", ident("conv"), 4)
    _, ct = seal(named("epoch-secret-4"), chain, named("epoch-secret"), named("chain-salt"), named("chain-nonce", 12))
    sizes = (0, 1, 2, 3, 9, 100, 65535, 65537, 1_000_000, 123_456_789_012)
    return {
        "version": 1,
        "chain": {"epoch": 4, "ct": ct},
        "prf_input": tup("prf", ident("alice")),
        "slots": [slot("rk", named("words", 16)), slot("prk", named("prf"))],
        "signatures": signatures(),
        "fingerprints": fingerprints(),
        "texts": texts(),
        "padme": [[size, padme(size)] for size in sizes],
        "message": long_message(),
        "batch": batch(),
        "file": padded_file(),
    }


def written(value):
    return json.dumps(value, indent=1, ensure_ascii=False, default=bytes.hex)


def differs(path, value):
    """Says where a file differs from what its names give; whether it does."""
    ours, theirs = written(value), path.read_text()
    if ours == theirs:
        print(f"{path.name}: {len(ours.splitlines())} lines, the same")
        return False
    for number, (one, other) in enumerate(zip(ours.splitlines(), theirs.splitlines()), 1):
        if one != other:
            print(f"{path.name}, line {number}\n  here  {one}\n  file  {other}")
    print(f"{path.name} differs from what its names give", file=sys.stderr)
    return True


def main():
    here = pathlib.Path(__file__).resolve().parent.parent / "vectors"
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    wrong = differs(folder / "e2ee-vectors-v1.json", everything())
    wrong |= differs(folder / "e2ee-vectors-v1-more.json", more())
    wrong |= logs.wrong(folder / "log-simulations-v1.json")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
