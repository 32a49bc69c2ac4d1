"""May this text open the door? SPEC §8 and §9, in the order of the checks."""
from datetime import datetime
from zoneinfo import ZoneInfo

from .messages import Refused, bytes_of_text, decode, kid, need, read_delegation, read_presentation
from .signatures import is_signed_by


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
