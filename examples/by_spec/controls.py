"""What the owner says, and what comes of it: SPEC §6.1."""
from .judging import is_given
from .messages import Refused, bytes_of_text, encode, kid, need, read_control
from .signatures import is_signed_by, signature_holds

MODES = ["normal", "vacation", "privacy", "no_remote_lock_unlock"]
NOTHING_DENIED = {"denied_tokens": 0, "denied_keys": 0}


def is_control(text):
    try:
        return read_control(bytes_of_text(text)) is not None
    except Refused:
        return False


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
