#!/usr/bin/python3
"""Says whether a Latchstring lock would open for a text, obey it, or has said it, by protocol/SPEC.md alone.

A second implementation, in another language and with other libraries: Debian's python3-cbor2 and
python3-cryptography; by_spec/ holds it, section by section.

    verify.py 'LS1:…' --root HEX --lock front-door/abcdefgh --timezone Europe/Berlin
    verify.py 'LS1:…' --root HEX --lock front-door/abcdefgh --recovery HEX --counter 6    (a control)
    verify.py ATT --lock-key HEX                        (a report: `att` of an event, the receipt of a visit)
    verify.py '{"id":…,"att":…}' --lock-key HEX         (an event as it was published)
    verify.py --vectors protocol/vectors/*.json

Exit: 0 accepted or applied (all vectors agree), 1 refused (one disagrees), 2 usage.
"""
import argparse
import json
import re
import sys
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

sys.dont_write_bytecode = True  # what this file imports beside it leaves nothing behind

from by_spec.controls import NOTHING_DENIED, is_control, verify_control
from by_spec.judging import verify
from by_spec.messages import Refused, decode, read_delegation
from by_spec.reports import verify_report
from by_spec.vectors import check_vectors


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
