"""Every vector of SPEC §15, and whether this implementation agrees."""
import json

from .controls import verify_control
from .judging import verify
from .listening import missing, why_not
from .reports import verify_report
from .signatures import signature_holds
from .stories import differs


def check_vector(vector):
    """Its name, what is expected of it, and what this implementation says; None when it is accepted."""
    name = f"{vector.get('section') or ' '.join(vector.get('sections', []))} {vector.get('name')}"
    if "steps" in vector:
        return name, None, differs(vector)
    if "heard" in vector:
        gap = missing(vector["heard"])
        return name, vector["missing"] or None, gap or None
    if "payload" in vector and "retained" in vector:
        return name, None if vector["expect"] == "accept" else "nothing of a lock's", why_not(vector)
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
