"""Ed25519, strict: SPEC §7."""
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .messages import encode

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
