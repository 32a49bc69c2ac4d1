"""A lock in time, by protocol/SPEC.md alone: it plays the stories of §15.1. judging.py judges each text for it."""
import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

from .controls import MODES, judge_control
from .judging import judge
from .messages import Refused, bytes_of_text, is_uint, kid, read_control, read_presentation

# What is told of each refusal: Matter's number, and whether the bearer may try again.
MATTER = {
    name: number
    for number, names in {
        1: "malformed unsupported_version unknown_issuer bad_signature wrong_lock chain_invalid holder_proof_failed",
        2: "already_used revoked issuer_revoked epoch_stale owner_veto",
        3: "not_yet_valid expired clock_untrusted outside_hours uses_exhausted wrong_action privacy_mode ring_first",
        4: "battery_low",
        0: "throttled locked_out ledger_unavailable log_full lockdown actuator_busy board_lost jammed door_open"
        " ignition_on mount_removed",
    }.items()
    for name in names.split()
}
MAY_PASS = set(
    "holder_proof_failed clock_untrusted ring_first throttled locked_out actuator_busy board_lost door_open"
    " ignition_on".split()
)
BEFORE_SIGNATURES_HOLD = {"malformed", "unsupported_version", "wrong_lock", "unknown_issuer", "bad_signature"}
STRANGERS = {"wrong_lock", "unknown_issuer", "bad_signature"}
NO_WRONG_CODE = {"malformed", "unsupported_version"}
COMMANDS = {"lock", "unlock", "nonce", "ping", "set"}


def bearer(refusal):
    return "try_again" if refusal in MAY_PASS else "denied"


class Bucket:
    """R-92, in milliseconds."""

    SIZE, WAIT, LONGEST = 5, 2_000, 30_000

    def __init__(self, now, left=SIZE, wait=WAIT):
        self.left, self.wait, self.since = left, wait, now

    def take(self, now):
        back = (now - self.since) // self.wait
        if self.left + back >= self.SIZE:
            self.left, self.wait, self.since = self.SIZE, self.WAIT, now
        else:
            self.left, self.since = self.left + back, self.since + back * self.wait
        if self.left == 0:
            self.wait, self.since = min(self.LONGEST, 2 * self.wait), now
            return False
        self.left -= 1
        return True


class Visit:
    """From the token that is accepted to the bolt that is seen thrown.

    spending ─▶ unlocking ─▶ granted ─▶ inside ─▶ leaving
                    └───────────┴─ the owner's word ─▶ shutting
    """

    def __init__(self, text, p, d, key, channel, cid):
        self.text, self.key, self.channel, self.cid = text, key, channel, cid
        self.token, self.phone = p.token.claims[7].hex(), kid(p.token.key).hex()
        self.carrier = kid(d.key).hex() if d else None
        self.stage = "spending"


class Lock:
    def __init__(self, story):
        self.audience, self.zone = story["audience"], ZoneInfo(story["timezone"])
        self.root, self.recovery = story["root"], story["recovery"]
        self.began, self.ms = story["now"], 0
        self.to_draw, self.asks = list(story["nonces"]), story["asks"]
        # What is durable.
        self.epoch = self.latest_epoch = story["epoch"]
        self.counter, self.paused, self.mode = story["counter"], False, "normal"
        self.denied_tokens, self.denied_keys = set(), set()
        self.remembered = list(story["remembered"])
        self.spent, self.uses, self.others = set(), {}, dict(story["used"])
        self.floor = story["now"]
        self.lockdown = story["disk"] == "lockdown"
        self.log_full = story["log"] == "full" and story["reports"]
        self.wrong, self.closed, self.throttled = {}, {}, set()
        # What is seen.
        self.sight = {"board": "there", "bolt": "thrown", "door": "closed"}
        self.sight |= {"battery": "ok", "ignition": "off", "mount": "holds"}
        self.vouched, self.disk_is = True, "ok"
        self.visit = None
        self.start()

    def start(self):
        """The power has come: what is not durable is as new."""
        self.buckets = {channel: Bucket(self.ms, 0, Bucket.LONGEST) for channel in self.throttled}
        self.given, self.cids, self.last = [], [], {}
        self.later, self.waiting, self.busy = [], [], False
        self.failed, self.rung, self.set_ahead, self.moves = False, False, None, False
        self.spending, self.is_leaving, self.throw_at = 0, False, None

    # The clock, the local day, and what may be forgotten

    def now(self):
        return self.began + self.ms // 1000 + (self.set_ahead or 0)

    def is_trusted(self):
        return self.vouched or self.set_ahead is not None

    def pass_until(self, ms):
        self.ms = ms
        if self.throw_at is not None and ms >= self.throw_at:
            self.throw_at = None
            self.move("throw")
        if self.is_trusted() and self.now() - self.floor >= 3600:
            self.floor = self.now()
        if self.others["expires"] + 300 < self.floor and self.others["day"] < self.day():
            self.others["count"] = 0

    def day(self):
        return f"{datetime.fromtimestamp(self.now(), self.zone):%Y-%m-%d}"

    # What waits for the disk

    def write(self, done, failed, lost=lambda: None):
        if self.disk_is == "fails":
            self.failed = True
        if self.failed:
            failed()
        elif self.disk_is == "waits":
            self.later.append((done, lost))
        else:
            done()

    def tell(self, what, value):
        """An event: it is durable first, where it can be."""
        tell = lambda: self.comes[what].append(value)  # noqa: E731
        self.write(tell, tell)

    # One step

    def step(self, step):
        self.comes = {name: [] for name in ("refused", "names", "controls", "replies", "moves", "outcomes")}
        self.comes["answer"] = None
        self.pass_until(round(step["at"] * 1000))
        getattr(self, step["does"])(step)
        return self.comes

    def show(self, step):
        self.comes["answer"] = self.shown(step["text"], step["channel"])

    def clock(self, step):
        self.vouched = step["clock"] == "trusted"

    def disk(self, step):
        self.disk_is = step["disk"]
        while self.disk_is == "ok" and self.later:
            self.later.pop(0)[0]()

    def power(self, step):
        for _, lost in self.later:
            lost()
        self.disk_is = "ok"
        self.closed = {channel: self.ms + 60_000 for channel in self.closed}
        visit, self.visit = self.visit, None
        self.start()
        if step.get("journal") == "gone":
            self.lockdown, self.counter, self.spent = True, 0, set()
        elif visit and visit.stage != "spending":
            self.tell("outcomes", "spent_outcome_unknown")

    def see(self, step):
        ((what, how),) = step["sight"].items()
        if what == "bell":
            self.rung = True
            return
        if what == "button":  # whoever is inside gets out
            self.is_leaving = True
            self.move("withdraw")
            return
        if (what, how) in (("bolt", "thrown"), ("door", "open")):
            self.is_leaving, self.throw_at = False, None
        self.sight[what] = how
        self.moves = self.moves and (what != "bolt" or how == "between")
        visit = self.visit
        if visit is None:
            return
        if (what, how) == ("bolt", "withdrawn") and visit.stage == "unlocking":
            self.grant()
        elif (what, how) == ("door", "open") and visit.stage == "granted":
            visit.stage = "inside"
        elif (what, how) == ("door", "closed") and visit.stage == "inside":
            visit.stage = "leaving"
            self.move("throw")
        elif (what, how) == ("bolt", "thrown") and visit.stage in ("leaving", "shutting"):
            self.end("sealed" if visit.stage == "leaving" else "granted_not_entered")

    def grant(self):
        self.visit.stage = "granted"
        self.reply(self.visit.cid, ok=True)

    def move(self, way):
        self.comes["moves"].append(way)
        self.moves = True

    def end(self, outcome):
        visit, self.visit = self.visit, None
        if visit.stage in ("spending", "unlocking"):
            self.reply(visit.cid, answer="denied")
        self.tell("outcomes", outcome)

    # A text

    def shown(self, text, channel, cid=None):
        last = self.last.get(channel)
        if last and last["text"] == text and self.ms - last["since"] < 3_000:
            if not last["passes"]:
                last["since"] = self.ms
            return last["answer"]
        if self.visit and self.visit.text == text:
            return "heard"
        control = control_in(text)
        if control:
            return self.hear(control, text, channel)
        unheard = self.unheard(channel)
        if unheard:
            return self.refuse(unheard, text, channel)
        return self.judged(text, channel, cid)

    def unheard(self, channel):
        if channel in self.closed and self.ms >= self.closed[channel]:
            del self.closed[channel]
            self.wrong[channel] = 0
        if channel in self.closed:
            return "locked_out"
        if not self.bucket(channel).take(self.ms):
            self.throttled.add(channel)
            return "throttled"
        return None

    def bucket(self, name):
        return self.buckets.setdefault(name, Bucket(self.ms))

    def judged(self, text, channel, cid):
        p = None
        try:
            p = read_presentation(bytes_of_text(text))
            d, key = judge(p, self.as_vector(channel))
        except Refused as refused:
            refusal = refused.args[0]
            held = refusal not in BEFORE_SIGNATURES_HOLD
            if held and self.visit and p.token.claims[7].hex() == self.visit.token:
                return "heard"
            self.count_wrong(refusal, channel)
            return self.refuse(refusal, text, channel, p.token.claims[7].hex() if held else None)
        self.accept(Visit(text, p, d, key, channel, cid), p, d)
        return "accepted"

    def as_vector(self, channel):
        return {
            "root": self.root,
            "audience": self.audience,
            "epoch": self.epoch,
            "timezone": self.zone.key,
            "now": self.now(),
            "clock": "trusted" if self.is_trusted() else "untrusted",
            "nonces": self.fresh() if channel == "mqtt" else [],
            "remembered": self.remembered,
            "spent": self.spent,
            "uses": [(day, name, count) for (day, name), count in self.uses.items()],
            "denied": self.denied_tokens | self.denied_keys,
            "channel": channel,
            "paused": self.paused,
            "mode": self.mode,
            "disk": self.health(self.spending > 0 or self.busy),
            "ledger_full": self.others["count"] + len(self.spent) >= 4096,
            "log_full": self.log_full,
            "door": self.door(),
        }

    def health(self, in_doubt=False):
        """R-99"""
        if self.lockdown and not self.busy:
            return "lockdown"
        return "unavailable" if self.failed or in_doubt else "ok"

    def door(self):
        """R-114, R-118: what is amiss, in the order in which it is told."""
        is_so = self.sight.get
        amiss = [
            (is_so("board") == "away", "board_lost"),
            (self.visit is not None, "actuator_busy"),
            (is_so("bolt") == "unknown", "board_lost"),
            (is_so("bolt") == "jammed", "jammed"),
            (self.moves, "actuator_busy"),
            (is_so("door") != "closed", "door_open"),
            ("battery" in self.asks and is_so("battery") == "low", "battery_low"),
            ("ignition" in self.asks and is_so("ignition") == "on", "ignition_on"),
            ("mount" in self.asks and is_so("mount") == "removed", "mount_removed"),
            ("ring" in self.asks and not self.rung, "ring_first"),
        ]
        return [refusal for holds, refusal in amiss if holds]

    def count_wrong(self, refusal, channel):
        """R-93"""
        if MATTER[refusal] != 1 or refusal in NO_WRONG_CODE or channel in self.closed:
            return
        self.wrong[channel] = self.wrong.get(channel, 0) + 1
        if self.wrong[channel] >= 5:
            self.closed[channel] = self.ms + 60_000

    def refuse(self, refusal, text, channel, token=None):
        answer = bearer(refusal)
        passes = MATTER[refusal] != 1 and answer == "try_again"
        self.last[channel] = {"text": text, "since": self.ms, "passes": passes, "answer": answer}
        self.comes["refused"].append([refusal, MATTER[refusal]])
        self.tell("names", token)
        return answer

    def accept(self, visit, p, d):
        """R-130: it is reserved in this very step."""
        use = (self.day(), d.claims[7].hex()) if d else None
        self.spent.add(visit.key)
        if use:
            self.uses[use] = self.uses.get(use, 0) + 1
        self.latest_epoch = max(self.latest_epoch, d.limits[0] if d else p.token.epoch)
        self.visit = visit
        self.wrong[visit.channel] = 0
        self.throttled.discard(visit.channel)
        self.buckets.pop(visit.channel, None)
        self.last.pop(visit.channel, None)
        self.spending += 1

        def durable():
            self.spending -= 1
            if d:
                self.remember(d)
            if self.visit is not visit:
                return
            if self.sight["bolt"] == "withdrawn":
                self.grant()
            else:  # only now
                visit.stage = "unlocking"
                self.move("withdraw")

        def failed():
            self.spending -= 1
            if self.visit is visit:
                self.end("denied")

        self.write(durable, failed, lambda: self.spent.discard(visit.key))

    def remember(self, d):
        """R-187"""
        data = d.encoded.hex()
        if data not in self.remembered:
            self.remembered = [*self.remembered, data][-16:]

    # A control

    def hear(self, c, text, channel):
        if self.busy:
            if all(text != other for _, other, _ in self.waiting):
                if len(self.waiting) >= 16:
                    return self.refuse("throttled", text, channel)
                self.waiting.append((c, text, channel))
            return "heard"
        if not self.bucket(("controls", channel)).take(self.ms):
            return self.refuse("throttled", text, channel)
        self.last[channel] = {"text": text, "since": self.ms, "passes": False, "answer": "heard"}
        try:
            judge_control(c, self.as_control_vector())
        except Refused as refused:
            refusal = refused.args[0]
            if refusal in STRANGERS:
                self.count_wrong(refusal, channel)
                return self.refuse(refusal, text, channel)
            self.answer(c, refusal)
            return "heard"
        self.buckets.pop(("controls", channel), None)
        self.apply(c)
        return "heard"

    def as_control_vector(self):
        return {
            "root": self.root,
            "recovery": self.recovery,
            "audience": self.audience,
            "counter": self.counter,
            "epoch": max(self.epoch, self.latest_epoch) if self.lockdown else self.epoch,
            "disk": self.health(),
            "nonces": self.fresh(),
            "denied_tokens": len(self.denied_tokens),
            "denied_keys": len(self.denied_keys),
        }

    def answer(self, c, result):
        def tell():
            self.comes["controls"].append([c.operation, result, c.counter, self.counter + 1])

        self.write(tell, tell)

    def apply(self, c):
        if c.operation == "rotate-root":
            self.veto()
        if c.operation in ("rotate-root", "re-seal"):
            self.busy = True
            self.write(lambda: self.renewed(c), lambda: self.free(c, "ledger_unavailable"))
            return
        self.counter, epoch = c.counter, self.epoch
        self.take_effect(c)
        if self.epoch != epoch or (self.visit and self.is_refused(self.visit)):
            self.veto()
        self.write(lambda: self.answer(c, "applied"), lambda: self.answer(c, "ledger_unavailable"))

    def take_effect(self, c):
        if c.operation == "raise-epoch":
            self.begin_epoch(c.argument)
        elif c.operation == "deny-token":
            self.denied_tokens.add(c.argument.hex())
        elif c.operation == "deny-key":
            self.denied_keys.add(c.argument.hex())
        elif c.operation in ("pause", "resume"):
            self.paused = c.operation == "pause"
        elif c.operation == "set-mode":
            self.mode = MODES[c.argument]
        elif c.operation == "set-time":
            if c.argument < self.floor:
                self.begin_epoch(max(self.epoch, self.latest_epoch) + 1)
            self.set_ahead = c.argument - (self.began + self.ms // 1000)
            self.floor = c.argument

    def begin_epoch(self, epoch):
        self.epoch, self.denied_tokens, self.denied_keys = epoch, set(), set()

    def renewed(self, c):
        """A new root, or a new journal, is durable."""
        if c.operation == "rotate-root":
            self.root = c.argument[0].hex()
        else:
            self.lockdown, self.spent, self.uses = False, set(), {}
            self.begin_epoch(c.argument)
        self.counter = c.counter
        self.free(c, "applied")

    def free(self, c, result):
        self.busy = False
        self.answer(c, result)
        while self.waiting and not self.busy:
            control, text, channel = self.waiting.pop(0)
            if control.counter > self.counter:
                self.hear(control, text, channel)

    def is_refused(self, visit):
        mode = {"privacy": {"reader", "mqtt"}, "vacation": {"reader"}, "no_remote_lock_unlock": {"mqtt"}}
        is_denied = visit.token in self.denied_tokens or {visit.carrier, visit.phone} & self.denied_keys
        return self.paused or visit.channel in mode.get(self.mode, ()) or is_denied

    def veto(self):
        """R-190"""
        if self.visit is None:
            return
        if self.visit.stage == "spending":
            self.end("vetoed")
        elif self.visit.stage in ("unlocking", "granted"):
            self.visit.stage = "shutting"
            self.move("throw")

    # What comes over a broker

    def publish(self, step):
        for i in range(step.get("times", 1)):
            payload = step["payload"].replace("#", str(i)) if "times" in step else step["payload"]
            payload += " " * (step.get("bytes", 0) - len(payload))
            if len(payload.encode()) > 32_768:
                continue
            kind, _, name = step["topic"].partition("/")
            if step["topic"] == "control":
                self.controls(json_in(payload))
            elif kind == "cmd" and name in COMMANDS and not step["retained"]:
                self.command(name, json_in(payload))

    def controls(self, texts):
        """R-157"""
        if type(texts) is not list or len(texts) > 16 or not all(map(is_text, texts)):
            return
        for text in texts:
            c = control_in(text)
            if c is None:
                self.refuse(self.unheard("mqtt") or "malformed", text, "mqtt")
            elif c.counter > self.counter:
                self.hear(c, text, "mqtt")

    def command(self, name, body):
        """R-191, R-192"""
        cid = body.get("cid") if type(body) is dict else None
        if type(cid) is not str or not re.fullmatch("[A-Za-z0-9_-]{1,36}", cid) or cid in self.cids:
            return
        self.cids = [*self.cids, cid][-256:]
        unlocks = name == "unlock" or (name == "set" and body.get("action") == "unlock")
        is_one = is_uint(body.get("exp"))
        is_one = is_one and (not unlocks or is_text(body.get("presentation")))
        is_one = is_one and (name != "set" or body.get("action") in ("lock", "unlock"))
        if not is_one:
            self.reply(cid, answer="denied")
        elif self.is_trusted() and not self.now() < body["exp"] <= self.now() + 600:
            self.reply(cid, answer="try_again")
        elif unlocks:
            answer = self.shown(body["presentation"], "mqtt", cid)
            if answer != "accepted":
                self.reply(cid, answer="try_again" if answer == "heard" else answer)
        elif name == "nonce":
            self.reply(cid, ok=True, nonce=self.give())
        elif name == "ping":
            self.reply(cid, ok=True)
        elif self.mode == "no_remote_lock_unlock":
            self.reply(cid, answer="denied")
        else:
            if self.is_leaving:
                self.throw_at = self.throw_at or self.ms + 5_000
            elif self.sight["door"] == "closed" and self.sight["bolt"] == "withdrawn" and not self.moves:
                self.move("throw")
            self.reply(cid, ok=True)

    def reply(self, cid, ok=False, **more):
        if cid is not None:
            self.comes["replies"].append({"cid": cid, "ok": ok, **more})

    def give(self):
        """R-183"""
        if not self.given or self.ms - self.given[-1][1] >= 30_000:
            self.given.append((self.to_draw.pop(0), self.ms))
        return self.given[-1][0]

    def fresh(self):
        return [nonce for nonce, made in self.given if self.ms - made < 60_000]


def control_in(text):
    try:
        return read_control(bytes_of_text(text))
    except Refused:
        return None


def json_in(payload):
    try:
        return json.loads(payload)
    except ValueError:
        return None


def is_text(value):
    return type(value) is str and len(value.encode("utf-16-le", "surrogatepass")) // 2 <= 1540


def differs(story):
    """None, or the first step at which this lock says or does something else."""
    lock = Lock(story)
    steps = story["steps"]
    for i, step in enumerate(steps):
        came, want = lock.step(step), step["comes"]
        # What comes of it until just before the next one.
        lock.pass_until(round(steps[i + 1]["at"] * 1000) - 1 if i + 1 < len(steps) else lock.ms + 1000)
        for name, value in came.items():
            wanted = want.get(name, None if name == "answer" else [])
            if name == "names" and name not in want:
                continue
            if name == "controls":
                value, wanted = compared(value, wanted, want.get("maybe", []))
            if type(wanted) is int:
                value = sum(reply["ok"] for reply in value)
            if value != wanted:
                return f"at {step['at']}: {name} {value}, not {wanted}"
    return None


def compared(came, wanted, maybe):
    """Answers to the owner without those that may come, and without what a story does not ask of them."""
    came = [answer for answer in came if answer not in maybe]
    lengths = [len(answer) for answer in wanted]
    return [answer[:length] for answer, length in zip(came, lengths)] + came[len(lengths) :], wanted
