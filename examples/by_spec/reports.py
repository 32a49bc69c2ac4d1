"""Reports, and the receipt that one may be: SPEC §6.2."""
import base64
import binascii
import hashlib
import json

from .messages import Message, OURS, Refused, decode, encode, exact_map, is_bytes, is_uint, kid, need, read_audience
from .signatures import is_signed_by

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
