"""What a lock publishes, and what a listener misses of it, by protocol/SPEC.md and the schemas beside it."""
import json
import re
from pathlib import Path

SCHEMAS = Path(__file__).resolve().parents[2] / "protocol" / "schemas"
RETAINED = {"availability", "info", "state"}
EVENTS = {"doorbell", "door", "lock", "access", "visit", "alarm", "system"}
NOT_OURS = "nothing of a lock's"


def why_not(message):
    """None when a lock of this audience publishes that (R-150, R-151, R-153)."""
    base = f"latchstring/v1/{message['audience'].split('/')[0]}/"
    topic = message["topic"].removeprefix(base)
    if topic == message["topic"]:
        return NOT_OURS
    kind, _, name = topic.partition("/")
    is_event = kind == "event" and name in EVENTS
    if not (topic in RETAINED or is_event or topic == "result") or message["retained"] != (topic in RETAINED):
        return NOT_OURS
    payload = message["payload"]
    if topic != "availability":
        try:
            payload = json.loads(payload)
        except ValueError:
            return NOT_OURS
    schema = json.loads((SCHEMAS / f"{topic.replace('/', '-')}.json").read_text(encoding="utf-8"))
    return None if fits(payload, schema) else NOT_OURS


TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}


def fits(value, schema):
    """As much of JSON Schema (draft 7) as these schemas use."""
    if not has_type(value, schema.get("type")):
        return False
    if "const" in schema and not (type(value) is type(schema["const"]) and value == schema["const"]):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    for word in ("anyOf", "oneOf"):
        if word in schema and not any(fits(value, part) for part in schema[word]):
            return False
    if type(value) is dict:
        fields = schema.get("properties", {})
        if not set(schema.get("required", [])) <= set(value):
            return False
        if schema.get("additionalProperties") is False and not set(value) <= set(fields):
            return False
        return all(fits(part, fields[name]) for name, part in value.items() if name in fields)
    if type(value) is list:
        return len(value) <= schema.get("maxItems", len(value)) and all(
            fits(part, schema.get("items", {})) for part in value
        )
    if type(value) is str:
        length = len(value)
        is_long_enough = schema.get("minLength", 0) <= length <= schema.get("maxLength", length)
        return is_long_enough and re.search(schema.get("pattern", ""), value) is not None
    if type(value) is int:
        is_above = value > schema.get("exclusiveMinimum", value - 1)
        return is_above and schema.get("minimum", value) <= value <= schema.get("maximum", value)
    return True


def has_type(value, name):
    if name is None:
        return True
    if name in ("integer", "number"):
        return type(value) is int or (name == "number" and type(value) is float)
    return type(value) is TYPES[name]


def missing(heard):
    """R-207: ranges of seq that were hidden from whoever has heard these, in this order."""
    numbers, lost = set(), []
    for event in heard:
        if numbers and event["seq"] < min(numbers):
            continue
        numbers.add(event["seq"])
        if "lost" in event:
            count, first, last = event["lost"]
            gap = {seq for seq in range(first, last + 1) if seq not in numbers and seq > min(numbers)}
            lost += gap if len(gap) <= count else []
    gone = [seq for seq in range(min(numbers), max(numbers)) if seq not in numbers and seq not in lost]
    ranges = []
    for seq in gone:
        if ranges and ranges[-1][1] == seq - 1:
            ranges[-1][1] = seq
        else:
            ranges.append([seq, seq])
    return ranges
