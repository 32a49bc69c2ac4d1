"""Text, encoding and messages: SPEC §2 to §6.1. What is read here has the right shape; nothing of it is believed."""
import hashlib
import re

import cbor2


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
