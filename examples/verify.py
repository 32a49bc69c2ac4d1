#!/usr/bin/python3
"""Says whether a Latchstring lock would open for a text, obey it, or has said it, by protocol/SPEC.md alone.

A second implementation, in another language and with other libraries: Debian's python3-cbor2 and
python3-cryptography. R-12 in a comment is rule R-12 of the specification.

    verify.py 'LS1:…' --root HEX --lock front-door/abcdefgh --timezone Europe/Berlin
    verify.py 'LS1:…' --root HEX --lock front-door/abcdefgh --recovery HEX --counter 6    (a control)
    verify.py ATT --lock-key HEX                        (a report: `att` of an event, the receipt of a visit)
    verify.py '{"id":…,"att":…}' --lock-key HEX         (an event as it was published)
    verify.py --vectors protocol/vectors/*.json

Exit: 0 accepted or applied (all vectors agree), 1 refused (one disagrees), 2 usage.
"""
import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from datetime import datetime, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


sys.dont_write_bytecode = True  # what this file imports beside it leaves nothing behind


class Refused(Exception):
    """One check failed; args[0] is the refusal, or what the owner is answered."""


def need(condition, refusal="malformed"):
    if not condition:
        raise Refused(refusal)


# Text

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def bytes_of_text(text):
    need(len(text.encode("utf-16-le", "surrogatepass")) // 2 <= 1540)
    if not text.startswith("LS1:"):
        need(not re.match(r"LS[0-9]+:", text), "unsupported_version")
        raise Refused("malformed")
    digits = [BASE45.find(character) for character in text[4:]]
    need(-1 not in digits and len(digits) % 3 != 1)
    decoded = bytearray()
    for i in range(0, len(digits), 3):
        group = digits[i : i + 3]
        value = sum(digit * 45**power for power, digit in enumerate(group))
        size = len(group) - 1
        need(value < 256**size)
        decoded += value.to_bytes(size, "big")
    return bytes(decoded)


# Deterministic CBOR: read by cbor2, written again here, and compared.


def head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if value < 256**size:
            return bytes([major << 5 | extra]) + value.to_bytes(size, "big")
    raise ValueError("too large")


def encode(value, booleans=False):
    kind = type(value)  # not isinstance: True is no integer here
    if kind is bool and booleans:
        return b"\xf5" if value else b"\xf4"
    if kind is int:
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if kind is bytes:
        return head(2, len(value)) + value
    if kind is str:
        text = value.encode()
        return head(3, len(text)) + text
    if kind is list:
        return head(4, len(value)) + b"".join(encode(item, booleans) for item in value)
    if kind is dict:
        pairs = sorted((encode(key), encode(item, booleans)) for key, item in value.items())
        return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
    if kind is cbor2.CBORTag and value.tag == 18:
        return head(6, 18) + encode(value.value)
    raise ValueError(f"no {kind.__name__} in any message")


def decode(data, booleans=False):
    try:
        value = cbor2.loads(data)
        need(encode(value, booleans) == data)
        return value
    except Exception as error:  # whatever the library finds wrong, the bytes are malformed
        raise Refused("malformed") from error


# Messages


def is_uint(value, most=2**53 - 1):
    return type(value) is int and 0 <= value <= most


def is_bytes(value, size):
    return type(value) is bytes and len(value) == size


def exact_map(value, required, optional=()):
    need(type(value) is dict and set(required) <= set(value) <= {*required, *optional})
    return value


class Message:
    def __init__(self, value, *header_keys, booleans=False):
        need(type(value) is cbor2.CBORTag and value.tag == 18)
        self.encoded = encode(value)  # as its signer made it: leave one encoding
        need(type(value.value) is list and len(value.value) == 4)
        self.protected, unprotected, self.payload, self.signature = value.value
        need(type(self.protected) is bytes and type(self.payload) is bytes)
        need(type(unprotected) is dict and not unprotected)
        need(is_bytes(self.signature, 64))
        self.header, self.claims = decode(self.protected), decode(self.payload, booleans)
        need(type(self.header) is dict and type(self.claims) is dict)
        need(set(self.header) in [{1, key} for key in header_keys])
        need(self.header[1] in (-19, -8))
        need(4 not in self.header or is_bytes(self.header[4], 8))


def kid(data):
    return hashlib.sha256(data).digest()[:8]


def read_audience(claims):
    need(type(claims[3]) is str and re.fullmatch(r"[a-z0-9-]{3,36}/[a-z2-7]{8}", claims[3]))


def read_window(claims):
    read_audience(claims)
    need(is_uint(claims[4]) and is_uint(claims[5]) and claims[5] < claims[4])
    key = exact_map(exact_map(claims[8], [1])[1], [1, -1, -2])
    need(key[1] == 1 and key[-1] == 6 and is_bytes(key[-2], 32))
    return key[-2]


OURS = -65537


def read_delegation(value):
    d = Message(value, 4)
    claims = exact_map(d.claims, [3, 4, 5, 7, 8, OURS])
    d.key = read_window(claims)
    need(is_bytes(claims[7], 8))
    d.limits = exact_map(claims[OURS], [0, 1, 2, 3], [4])
    need(is_uint(d.limits[0]) and is_uint(d.limits[1], 7))
    need(is_uint(d.limits[2]) and is_uint(d.limits[3]))
    if 4 in d.limits:
        need(type(d.limits[4]) is list and 1 <= len(d.limits[4]) <= 16)
        for row in d.limits[4]:
            need(type(row) is list and len(row) == 3)
            need(is_uint(row[0], 127) and row[0] != 0)
            need(is_uint(row[1], 1440) and is_uint(row[2], 1440) and row[1] != row[2])
    return d


def read_token(value):
    t = Message(value, 4, 13)
    claims = exact_map(t.claims, [3, 4, 5, 6, 7, 8, OURS])
    t.key = read_window(claims)
    need(is_bytes(claims[7], 16) and is_uint(claims[6]))
    ours = exact_map(claims[OURS], [1], [0])
    need(ours[1] in (1, 2, 4))
    t.action = ours[1]
    t.delegation = read_delegation(t.header[13]) if 13 in t.header else None
    t.epoch = ours.get(0)
    need(0 not in ours or (is_uint(ours[0]) and t.delegation is None))
    return t


def read_presentation(data):
    need(len(data) <= 1024)
    p = Message(decode(data), 13)
    p.token = read_token(p.header[13])
    if set(p.claims) == {6}:
        need(is_uint(p.claims[6]))
    else:
        need(set(p.claims) == {10} and is_bytes(p.claims[10], 16))
    return p


OPERATIONS = {  # number: name, shape of the argument, whether it answers a nonce
    1: ("raise-epoch", is_uint, False),
    2: ("deny-token", lambda value: is_bytes(value, 16), False),
    3: ("deny-key", lambda value: is_bytes(value, 8), False),
    4: ("pause", None, False),
    5: ("resume", None, False),
    6: ("set-mode", lambda value: is_uint(value, 3), False),
    7: ("set-time", is_uint, True),
    8: ("rotate-root", lambda value: type(value) is list and len(value) == 2 and is_root(*value), True),
    9: ("re-seal", is_uint, True),
}


def is_root(root, signature):
    return is_bytes(root, 32) and is_bytes(signature, 64)


def read_control(data):
    """R-72, R-171"""
    need(len(data) <= 1024)
    c = Message(decode(data), 4)
    claims = exact_map(c.claims, [3, 6, OURS], [10])
    read_audience(claims)
    ours = exact_map(claims[OURS], [10, 11], [12])
    need(is_uint(claims[6]) and is_uint(ours[10]) and is_uint(ours[11]) and ours[11] in OPERATIONS)
    c.operation, has_shape, answers_nonce = OPERATIONS[ours[11]]
    c.counter, c.argument, c.nonce = ours[10], ours.get(12), claims.get(10)
    need(has_shape(c.argument) if has_shape else 12 not in ours)
    need(is_bytes(c.nonce, 16) if answers_nonce else 10 not in claims)
    return c


# Reports

TOPICS = {"state", *(f"event/{name}" for name in ("doorbell", "door", "lock", "access", "visit", "alarm", "system"))}


def read_report(att):
    try:
        data = base64.urlsafe_b64decode(att + "=" * (-len(att) % 4))
    except (ValueError, binascii.Error) as error:
        raise Refused("malformed") from error
    need(base64.urlsafe_b64encode(data).rstrip(b"=") == att.encode())  # one text for these bytes
    need(len(data) <= 2048)
    r = Message(decode(data), 4, booleans=True)
    need(items_in(r.claims) <= 95)
    claims = exact_map(r.claims, [3, OURS])
    read_audience(claims)
    ours = exact_map(claims[OURS], [20, 21, 22])
    r.topic, r.document, r.chain = ours[20], ours[21], ours[22]
    need(type(r.topic) is str and r.topic in TOPICS and is_bytes(r.chain, 32))
    need(type(r.document) is dict and is_reportable(r.document, 2))
    need(is_uint(r.document.get("seq")) and is_uint(r.document.get("boot")) and r.document["boot"] != 0)
    need(type(r.document.get("ts")) is str)
    return r


def items_in(value):
    if type(value) is dict:
        return 1 + sum(items_in(part) for pair in value.items() for part in pair)
    return 1 + sum(map(items_in, value)) if type(value) is list else 1


def is_reportable(value, levels):
    if type(value) is int:
        return abs(value) < 2**53
    if type(value) in (str, bool):
        return True
    if type(value) is list:
        return levels > 0 and all(is_reportable(item, levels - 1) for item in value)
    if type(value) is not dict or levels == 0:
        return False
    return all(type(name) is str and is_reportable(item, levels - 1) for name, item in value.items())


def says_the_same(report, topic, payload):
    """R-205. JSON has one kind of number: 7.0 is 7."""
    rest = json.loads(
        json.dumps({name: value for name, value in payload.items() if name not in ("att", "late")}),
        parse_float=lambda text: int(float(text)) if float(text).is_integer() else float(text),
    )
    try:
        return report.topic == topic and encode(rest, booleans=True) == encode(report.document, booleans=True)
    except ValueError:  # what no report can hold
        return False


def verify_report(att, lock):
    """None when the lock has said it, else what is wrong; and the receipt, if it is one. `lock` is a vector's."""
    try:
        r = read_report(att)
        need(lock["audience"] in (None, r.claims[3]), "wrong_lock")
        key = bytes.fromhex(lock["lock_key"])
        need(r.header[4] == kid(key), "unknown_issuer")
        need(is_signed_by(r, "report", key), "bad_signature")
        if lock["payload"] is not None:
            need(says_the_same(r, lock["topic"] or r.topic, lock["payload"]), "altered")
        if lock["before"] is not None:
            need(follows(r, read_report(lock["before"])), "forked")
        return None, receipt_of(r), r
    except Refused as refused:
        return refused.args[0], None, None


def follows(report, before):
    """R-204"""
    chain = hashlib.sha256(before.payload).digest()
    return report.document["seq"] == before.document["seq"] + 1 and report.chain == chain


def receipt_of(r):
    """R-206"""
    text = {name: value for name, value in r.document.items() if type(value) is str}
    if r.topic != "event/visit" or text.get("event_type") != "ended" or not {"token_id", "outcome"} <= set(text):
        return None
    return {
        "audience": r.claims[3],
        "token_id": text["token_id"],
        "outcome": text["outcome"],
        "granted_at": text.get("granted_at"),
        "entered_at": text.get("entered_at"),
        "ended_at": text["ts"],
        "assumed": r.document.get("assumed") is True,
        "seq": r.document["seq"],
        "boot": r.document["boot"],
    }


# Signatures

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
IDENTITY = (0, 1)


def add(a, b):
    """Sum of two points of the curve -x² + y² = 1 + d x² y², affine; slow, and only for keys."""
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P)
    return x % P, y % P


def multiply(scalar, point):
    total = IDENTITY
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


@lru_cache
def is_sound_key(key):
    """R-84: the one encoding (RFC 8032 §5.1.3) of a point of order L."""
    number = int.from_bytes(key, "little")
    y, sign = number % 2**255, number >> 255
    if y >= P:
        return False
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return False
    point = (P - x if x % 2 != sign else x, y)
    return point != IDENTITY and multiply(L, point) == IDENTITY


def signature_holds(message, signature, key):
    if len(signature) != 64 or len(key) != 32:
        return False
    if int.from_bytes(signature[32:], "little") >= L:
        return False
    if signature[:32] == bytes([1]) + bytes(31) or not is_sound_key(key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        return True
    except InvalidSignature:
        return False


def is_signed_by(message, purpose, key):
    aad = f"latchstring/1 {purpose}".encode()
    return signature_holds(encode(["Signature1", message.protected, aad, message.payload]), message.signature, key)


# The order of checks


def verify(text, lock):
    """None when the lock accepts, else the refusal. `lock` has the fields of a vector."""
    try:
        judge(read_presentation(bytes_of_text(text)), lock)
        return None
    except Refused as refused:
        return refused.args[0]


def named_delegation(t, remembered):
    """R-185: the remembered delegation that T names, if it names one."""
    for data in map(bytes.fromhex, remembered):
        if t.header.get(4) == kid(data):
            return read_delegation(decode(data))
    return None


def judge(p, lock):
    """The delegation of the chain, or None, and the replay key. A story's lock has more fields than a vector's."""
    t, now, root = p.token, lock["now"], bytes.fromhex(lock["root"])
    d = t.delegation or named_delegation(t, lock["remembered"])
    need(t.claims[3] == lock["audience"], "wrong_lock")
    need(d is None or d.claims[3] == lock["audience"], "wrong_lock")
    need((d or t).header[4] == kid(root), "unknown_issuer")
    issuer = d.key if d else root
    need(d is None or is_signed_by(d, "delegation", root), "bad_signature")
    need(is_signed_by(t, "token", issuer), "bad_signature")
    need(is_signed_by(p, "presentation", t.key), "bad_signature")
    need(lock.get("disk") != "lockdown", "lockdown")
    need(lock.get("disk", "ok") == "ok", "ledger_unavailable")
    need(lock["clock"] == "trusted", "clock_untrusted")
    need(d is None or t.epoch is None, "chain_invalid")
    epoch = d.limits[0] if d else t.epoch
    need(epoch is not None, "chain_invalid")
    need(epoch >= lock["epoch"], "epoch_stale")
    need(t.claims[7].hex() not in lock["denied"], "revoked")
    need(d is None or kid(d.key).hex() not in lock["denied"], "issuer_revoked")
    need(kid(t.key).hex() not in lock["denied"], "revoked")
    if d:
        within_window(d, now)
        inside = t.claims[5] >= d.claims[5] and t.claims[4] <= d.claims[4]
        need(inside, "chain_invalid")
        need(t.claims[4] - t.claims[5] <= d.limits[2], "chain_invalid")
        need(d.limits[1] & t.action, "wrong_action")
    within_window(t, now)
    local = datetime.fromtimestamp(now, ZoneInfo(lock["timezone"]))
    need(d is None or 4 not in d.limits or within_hours(d.limits[4], local), "outside_hours")
    need(t.action == 1, "wrong_action")
    key = f"{kid(issuer).hex()}:{t.claims[7].hex()}"
    need(key not in lock["spent"], "already_used")
    if d:
        used = [count for day, name, count in lock["uses"] if (day, name) == (f"{local:%Y-%m-%d}", d.claims[7].hex())]
        need(sum(used) < d.limits[3], "uses_exhausted")
    need(not lock.get("ledger_full"), "ledger_unavailable")
    need(not lock.get("log_full"), "log_full")
    if 10 in p.claims:
        need(is_given(p.claims[10], lock), "holder_proof_failed")
    else:
        need(lock["channel"] != "mqtt", "holder_proof_failed")
        need(abs(now - p.claims[6]) <= 30, "holder_proof_failed")
    need(not lock["paused"], "owner_veto")
    need(lock["mode"] != "privacy", "privacy_mode")
    forbidden = {"vacation": "reader", "no_remote_lock_unlock": "mqtt"}
    need(forbidden.get(lock["mode"]) != lock["channel"], "owner_veto")
    for refusal in lock.get("door", []):
        raise Refused(refusal)
    return d, key


def is_given(nonce, lock):
    return nonce.hex() in lock.get("nonces", [lock.get("nonce")])


def within_window(message, now):
    need(message.claims[5] <= now, "not_yet_valid")
    need(now < message.claims[4], "expired")


def within_hours(rows, local):
    """R-120 to R-125: what the dial shows decides, whatever the clock was put to."""
    today, minute = local.weekday(), local.hour * 60 + local.minute
    for weekdays, start, end in rows:
        starts_today, started_yesterday = weekdays >> today & 1, weekdays >> (today - 1) % 7 & 1
        if start < end:
            if starts_today and start <= minute < end:
                return True
        elif (starts_today and start <= minute) or (started_yesterday and minute < end):
            return True
    return False


# Controls

MODES = ["normal", "vacation", "privacy", "no_remote_lock_unlock"]
NOTHING_DENIED = {"denied_tokens": 0, "denied_keys": 0}


def verify_control(text, lock):
    """None when it is applied, else what the owner is answered, or a stranger; and what is different then."""
    try:
        need(is_control(text))
        c = read_control(bytes_of_text(text))
        judge_control(c, lock)
        return None, {"counter": c.counter, **effect(c, lock)}
    except Refused as refused:
        return refused.args[0], None


def judge_control(c, lock):
    signer = bytes.fromhex(lock["recovery" if c.operation == "rotate-root" else "root"])
    need(c.claims[3] == lock["audience"], "wrong_lock")
    need(c.header[4] == kid(signer), "unknown_issuer")
    need(is_signed_by(c, "control", signer), "bad_signature")
    need(lock["disk"] != "unavailable", "ledger_unavailable")
    in_lockdown = lock["disk"] == "lockdown"
    need(not in_lockdown or c.operation == "re-seal", "lockdown")
    follows = c.counter > lock["counter"] if in_lockdown else c.counter == lock["counter"] + 1
    need(follows, "out_of_order")
    need(c.nonce is None or is_given(c.nonce, lock), "nonce_stale")
    if c.operation == "raise-epoch" or (c.operation == "re-seal" and in_lockdown):
        need(c.argument > lock["epoch"], "not_higher")
        need(c.argument < 2**32, "too_high")
    if c.operation == "set-time":
        need(c.argument < 2**32, "too_high")
    if c.operation == "deny-token":
        need(has_room(c.argument, lock["denied_tokens"], 256), "list_full")
    if c.operation == "deny-key":
        need(has_room(c.argument, lock["denied_keys"], 64), "list_full")
    if c.operation == "rotate-root":
        root, signature = c.argument
        statement = encode(["latchstring/1 new-root", c.claims[3], c.counter, root])
        need(signature_holds(statement, signature, root), "new_root_unproved")
    need(c.operation != "re-seal" or in_lockdown, "not_in_lockdown")


def is_denied(identifier, count):
    """A vector denies the numbers from 0 to count − 1."""
    return int.from_bytes(identifier, "big") < count


def has_room(identifier, count, most):
    return count < most or is_denied(identifier, count)


def effect(c, lock):
    tokens, keys = lock["denied_tokens"], lock["denied_keys"]
    if c.operation in ("raise-epoch", "re-seal"):
        return {"epoch": c.argument, **NOTHING_DENIED}
    if c.operation == "deny-token":
        return {"denied_tokens": tokens if is_denied(c.argument, tokens) else tokens + 1}
    if c.operation == "deny-key":
        return {"denied_keys": keys if is_denied(c.argument, keys) else keys + 1}
    if c.operation == "set-mode":
        return {"mode": MODES[c.argument]}
    if c.operation == "set-time":
        began = {"epoch": lock["epoch"] + 1, **NOTHING_DENIED} if c.argument < lock["floor"] else {}
        return {"floor": c.argument, **began}
    if c.operation == "rotate-root":
        return {"root": c.argument[0].hex()}
    return {"paused": c.operation == "pause"}


# The command


def check_vector(vector):
    """Its name, what is expected of it, and what this implementation says; None when it is accepted."""
    name = f"{vector.get('section') or ' '.join(vector.get('sections', []))} {vector.get('name')}"
    if "steps" in vector:
        import stories

        return name, None, stories.differs(vector)
    if "heard" in vector:
        import listening

        missing = listening.missing(vector["heard"])
        return name, vector["missing"] or None, missing or None
    if "payload" in vector and "retained" in vector:
        import listening

        return name, None if vector["expect"] == "accept" else "nothing of a lock's", listening.why_not(vector)
    if "public_key" in vector:
        parts = [bytes.fromhex(vector[field]) for field in ("message", "signature", "public_key")]
        got = None if signature_holds(*parts) else "bad_signature"
        return f"{vector['flag']}: {vector['comment']}", None if vector["valid"] else "bad_signature", got
    if "lock_key" in vector:
        expected = vector["refusal"]
        got, receipt, _ = verify_report(vector["att"], vector)
        if expected is got is None and receipt != vector["receipt"]:
            got = f"the receipt {receipt}"
        return name, expected, got
    if "result" in vector:
        expected = None if vector["result"] == "applied" else vector["result"]
        got, after = verify_control(vector["text"], vector)
        if expected is got is None and {**vector, **after} != {**vector, **vector["after"]}:
            got = f"applied, and then {after}"
        return name, expected, got
    return name, vector["refusal"], verify(vector["text"], vector)


def check_vectors(paths):
    """Counts for each file, and every vector with which this implementation disagrees."""
    counts, disagreements = {}, []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            vectors = json.load(file)
        counts[path] = {"accept": 0, "refuse": 0}
        for vector in vectors:
            name, expected, got = check_vector(vector)
            counts[path]["refuse" if expected else "accept"] += 1
            if got != expected:
                disagreements.append({"file": path, "name": name, "expected": expected, "got": got})
    return {"counts": counts, "disagreements": disagreements}


def is_control(text):
    try:
        return read_control(bytes_of_text(text)) is not None
    except Refused:
        return False


def delegation_of(word):
    """Bytes of a delegation, from hexadecimal digits or from a file."""
    if re.fullmatch(r"([0-9a-fA-F]{2})+", word):
        data = bytes.fromhex(word)
    else:
        with open(word, "rb") as file:
            data = file.read(1025)
    try:
        read_delegation(decode(data))
        return data.hex()
    except Refused:
        raise ValueError(f"no delegation: {word[:40]}") from None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", nargs="?", help="what the phone shows; - reads it from standard input")
    parser.add_argument("--root", help="the owner's public key, 64 hexadecimal digits")
    parser.add_argument("--lock", help="the lock's audience")
    parser.add_argument("--now", help="ISO 8601 with a zone; default: this machine's clock")
    parser.add_argument("--timezone", default="UTC", help="the lock's time zone; default: UTC")
    parser.add_argument("--epoch", type=int, default=1, help="the lock's epoch; default: 1")
    parser.add_argument("--nonce", metavar="HEX", help="a nonce that the lock gave within the last minute")
    parser.add_argument(
        "--remember", metavar="HEX|FILE", action="append", default=[], help="a delegation that the lock remembers"
    )
    parser.add_argument("--recovery", metavar="HEX", help="of a control: the recovery public key")
    parser.add_argument("--counter", type=int, default=0, help="of a control: that of the last one; default: 0")
    parser.add_argument("--lock-key", metavar="HEX", help="of a report: the public key of the lock")
    parser.add_argument("--disk", choices=["ok", "unavailable", "lockdown"], default="ok", help="of a control")
    parser.add_argument("--vectors", nargs="+", metavar="FILE", help="check files of vectors instead")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    options = parser.parse_args()

    if options.vectors:
        result = check_vectors(options.vectors)
        if options.json:
            print(json.dumps(result))
        else:
            for path, count in result["counts"].items():
                print(f"{path}: {count['accept']} to accept, {count['refuse']} to refuse")
            for wrong in result["disagreements"]:
                print(f"DISAGREES: {wrong['file']}: {wrong['name']}: {wrong['got']}, not {wrong['expected']}")
            total = sum(sum(count.values()) for count in result["counts"].values())
            print(f"{total} vectors, {len(result['disagreements'])} disagreements")
        return 1 if result["disagreements"] else 0

    if not (options.text and (options.lock_key or (options.root and options.lock))):
        parser.error("give a text with --root and --lock, a report with --lock-key, or --vectors; --help shows an example")
    for name, digits in (("root", 64), ("recovery", 64), ("lock-key", 64), ("nonce", 32)):
        value = getattr(options, name.replace("-", "_"))
        if value is not None and not re.fullmatch(rf"[0-9a-fA-F]{{{digits}}}", value):
            parser.error(f"--{name}: give {digits} hexadecimal digits")
    if options.lock_key:
        return check_report(parser, options)
    try:
        remembered = [delegation_of(word) for word in options.remember]
    except (OSError, ValueError) as error:
        parser.error(f"--remember: {error}")
    try:
        at = datetime.fromisoformat(options.now.replace("Z", "+00:00")) if options.now else datetime.now(timezone.utc)
        zone = ZoneInfo(options.timezone).key
    except Exception as error:
        parser.error(f"--now or --timezone: {error}")
    if at.tzinfo is None:
        parser.error("--now: give a zone, such as 2026-06-01T10:00:00Z")
    lock = {
        "root": options.root.lower(),
        "audience": options.lock,
        "now": int(at.timestamp()),
        "clock": "trusted",
        "epoch": options.epoch,
        "timezone": zone,
        "nonce": options.nonce and options.nonce.lower(),
        "remembered": remembered,
        "spent": [],
        "uses": [],
        "denied": [],
        "channel": "reader",
        "paused": False,
        "mode": "normal",
    }
    text = sys.stdin.readline().rstrip("\r\n") if options.text == "-" else options.text
    if is_control(text):
        if not options.recovery:
            parser.error("it is a control: give --recovery, too")
        of_controls = {"recovery": options.recovery, "counter": options.counter, "disk": options.disk, "floor": 0}
        result, after = verify_control(text, {**lock, **of_controls, **NOTHING_DENIED})
        return tell(options, "refuse" if result else "applied", result, after)
    refusal = verify(text, lock)
    return tell(options, "refuse" if refusal else "accept", refusal)


def check_report(parser, options):
    text = sys.stdin.readline() if options.text == "-" else options.text
    text, payload = text.rstrip("\r\n"), None
    if text.startswith("{"):
        try:
            payload = json.loads(text)
        except ValueError as error:
            parser.error(f"that is no JSON: {error}")
    att = text if payload is None else payload.get("att")
    lock = {"lock_key": options.lock_key, "audience": options.lock, "topic": None, "payload": payload, "before": None}
    refusal, receipt, r = verify_report(att, lock) if type(att) is str else ("malformed", None, None)
    said = receipt or (r and {"audience": r.claims[3], "topic": r.topic, **r.document})
    if options.json:
        print(json.dumps({"verdict": "refuse" if refusal else "genuine", "refusal": refusal, "said": said}))
    else:
        print(f"REFUSE: {refusal}" if refusal else f"GENUINE: the lock has said {json.dumps(said)}")
    return 1 if refusal else 0


def tell(options, verdict, refusal, after=None):
    if options.json:
        print(json.dumps({"verdict": verdict, "refusal": refusal, **({"after": after} if after else {})}))
    else:
        reason = refusal or after
        print(f"{verdict.upper()}{f': {reason}' if reason else ''} (what the lock remembers is not known here)")
    return 1 if refusal else 0


if __name__ == "__main__":
    sys.exit(main())
