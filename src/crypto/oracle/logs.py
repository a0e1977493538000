"""Follows the logs of the simulations: every link that is accepted must be signed by whom its body names, follow the one before
and, where it makes an epoch, name the roster that the links before it give. Who *may* do what is left to the two cores."""

import json

from cryptography.exceptions import InvalidSignature
from primitives import check, sha256, tup, unb64u


class Log:
    """A chain of links of an account or a conversation."""

    def __init__(self, kind, owner):
        self.kind, self.owner, self.hashes = kind, unb64u(owner), []

    def follow(self, link, signer):
        body, signature = unb64u(link["body"]), unb64u(link["sig"])
        fields = json.loads(body)
        assert json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode() == body, "not in the one form"
        assert fields["seq"] == len(self.hashes), "a gap"
        assert unb64u(fields["prev"]) == (self.hashes[-1] if self.hashes else b""), "another chain"
        check(signer(fields), signature, tup(f"{self.kind}-link", self.owner, body))
        self.hashes.append(sha256(tup(f"{self.kind}-link-hash", self.owner, body, signature)))
        return fields

    def head(self):
        return {"hash": self.hashes[-1], "seq": len(self.hashes) - 1}


class Account(Log):
    def __init__(self, owner):
        super().__init__("acct", owner)
        self.aik, self.devices = None, {}

    def signer(self, fields):
        if fields["t"] == "root":
            return unb64u(fields["aik"])
        return self.aik if fields["by"]["k"] == "aik" else self.devices[fields["by"]["d"]]

    def add(self, link):
        fields = self.follow(link, self.signer)
        if fields["t"] == "root":
            self.aik = unb64u(fields["aik"])
        if fields["t"] == "rotate":
            new = unb64u(fields["aik_new"])
            check(new, unb64u(fields["pop"]), tup("aik-pop", self.owner, self.aik, new))
            self.aik = new
        if "device" in fields and fields["t"] != "device_rekey":
            device = fields["device"]
            dsk = unb64u(device["dsk"])
            proof = tup("dev-pop", self.owner, self.aik, unb64u(device["id"]), dsk, unb64u(device["dxk"]))
            check(dsk, unb64u(device["pop"]), proof)
            self.devices[device["id"]] = dsk


class Conversation(Log):
    def __init__(self, owner, accounts):
        super().__init__("conv", owner)
        self.accounts, self.members = accounts, {}

    def signer(self, fields):
        account = self.accounts[fields["by"]["acct"]]
        head = fields["by"]["head"]
        assert account.hashes[head["seq"]] == unb64u(head["hash"]), "the signer saw another log"
        return account.devices[fields["by"]["dev"]]

    def add(self, link):
        fields = self.follow(link, self.signer)
        t = fields["t"]
        if t in ("create", "add"):
            self.members |= {member["acct"]: [member["aik"], member["role"]] for member in fields["members"]}
        elif t == "remove":
            self.members = {acct: member for acct, member in self.members.items() if acct not in fields["members"]}
        elif t == "role":
            self.members[fields["acct"]][1] = fields["role"]
        elif t == "rebind":
            self.members[fields["acct"]][0] = fields["aik_new"]
        elif t == "epoch":
            assert unb64u(fields["roster"]) == self.roster(), "another roster"

    def roster(self):
        members = sorted((unb64u(acct), unb64u(aik), role) for acct, (aik, role) in self.members.items())
        return sha256(tup("roster", self.owner, len(members), *(field for member in members for field in member)))


def run(scenario):
    """Follows all links that are accepted. How many there were."""
    accounts, count = {}, 0
    for entry in scenario["accounts"]:
        log = accounts[entry["account"]] = Account(entry["account"])
        for link in entry["links"]:
            log.add(link)
            count += 1
    conversation = Conversation(scenario["conversation"], accounts)
    for link in scenario["links"]:
        conversation.add(link)
        count += 1
    for move in scenario["moves"]:
        if move["expect"] == "ok" and move["do"] in ("account_link", "conversation_link"):
            log = conversation if move["do"] == "conversation_link" else accounts[move["account"]]
            log.add(move["link"])
            count += 1
        elif move["expect"] == "bad_signature":
            refused(move, accounts, conversation)
    compare(scenario["end"], accounts, conversation)
    return count


def refused(move, accounts, conversation):
    """A link with a bad signature, or to which a key did not agree, does not verify here either."""
    log = conversation if move["do"] == "conversation_link" else accounts[move["account"]]
    before = list(log.hashes)
    try:
        log.add(move["link"])
    except InvalidSignature:
        log.hashes = before
        return
    raise AssertionError("a bad signature verifies")


def compare(end, accounts, conversation):
    for entry in end["accounts"]:
        log = accounts[entry["account"]]
        head = {"hash": unb64u(entry["head"]["hash"]), "seq": entry["head"]["seq"]}
        assert (head, unb64u(entry["aik"])) == (log.head(), log.aik), "another end of an account"
    if end["conversation"]:
        head = end["conversation"]["head"]
        assert {"hash": unb64u(head["hash"]), "seq": head["seq"]} == conversation.head(), "another end"
        members = {member["acct"]: [member["aik"], member["role"]] for member in end["conversation"]["members"]}
        assert members == conversation.members, "other members"


def wrong(path):
    """Says which scenarios are not as their links say; whether any is."""
    scenarios, count, bad = json.loads(path.read_text())["scenarios"], 0, False
    for scenario in scenarios:
        try:
            count += run(scenario)
        except Exception as error:
            bad = True
            print(f"{path.name}, {scenario['name']}: {type(error).__name__} {error}")
    print(f"{path.name}: {len(scenarios)} scenarios, {count} links followed")
    return bad
