#!/usr/bin/env python3
"""A delivery, tested in Python: it plays the world of `latchstring sim` over MQTT, as any language can.

    apt-get install python3-paho-mqtt
    LATCHSTRING="npx latchstring" python3 delivery_test.py

Starts a simulator of its own for each test; LATCHSTRING is the command to start it with.

    latchstring/sim/front-door/act        we publish   {"cid": "7", "act": "push"}
    latchstring/sim/front-door/truth/7    it answers   {"cid": "7", "ok": true, "opened": true}
    latchstring/sim/front-door/truth      retained     {"bolt": "withdrawn", "door": "open", …}
    latchstring/v1/front-door/event/#     what the lock itself says, as every lock does
"""
import json
import os
import shlex
import signal
import subprocess
import threading
import unittest

import paho.mqtt.client as mqtt

ANSWER_S_MAX = 30


class Refused(Exception):
    """The world said why an act cannot be done."""


class World:
    """A simulator, and a line to it."""

    def __init__(self):
        command = shlex.split(os.environ.get("LATCHSTRING", "latchstring"))
        self.process = subprocess.Popen(
            [*command, "sim", "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            # A group of its own: npx does not hand on the signal that ends it.
            start_new_session=True,
        )
        ready = json.loads(self.process.stdout.readline())
        # What else it prints is told over MQTT too; unread it would fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.act_topic, self.truth_topic = ready["act"], ready["truth"]
        self.truth, self.events, self.answers = {}, [], {}
        self.news = threading.Condition()
        self.acts = 0
        host, port = ready["broker"].removeprefix("mqtt://").split(":")
        # paho 2 asks which of its interfaces is meant; paho 1 has one.
        version = getattr(mqtt, "CallbackAPIVersion", None)
        self.client = mqtt.Client(version.VERSION2) if version else mqtt.Client()
        self.client.on_message = self._hear
        subscribed = threading.Event()
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.connect(host, int(port))
        self.client.loop_start()
        self.client.subscribe([(f"{self.truth_topic}/#", 1), ("latchstring/v1/front-door/event/#", 1)])
        if not subscribed.wait(ANSWER_S_MAX):
            raise TimeoutError("the broker did not confirm the subscription")

    def _hear(self, _client, _userdata, message):
        value = json.loads(message.payload)
        with self.news:
            if message.topic == self.truth_topic:
                self.truth = value
            elif message.topic.startswith(self.truth_topic):
                self.answers[value["cid"]] = value
            else:
                self.events.append((message.topic.rsplit("/", 1)[1], value))
            self.news.notify_all()

    def act(self, name, **what):
        """Does something at the door, and waits for what comes of it."""
        self.acts += 1
        cid = str(self.acts)
        self.client.publish(self.act_topic, json.dumps({"cid": cid, "act": name, **what}), qos=1)
        with self.news:
            if not self.news.wait_for(lambda: cid in self.answers, ANSWER_S_MAX):
                raise TimeoutError(f"no answer to {name}; last seen: {self.truth}")
            answer = self.answers.pop(cid)
        if not answer["ok"]:
            raise Refused(f'{answer["error"]["message"]}; {answer["error"]["next"]}')
        return answer

    def heard(self, topic, **what):
        """Waits for an event of the lock."""
        def holds():
            return any(name == topic and what.items() <= event.items() for name, event in self.events)
        with self.news:
            if not self.news.wait_for(holds, ANSWER_S_MAX):
                raise TimeoutError(f"never heard {topic} {what}; heard: {self.events}")

    def end(self):
        self.client.loop_stop()
        self.client.disconnect()
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(ANSWER_S_MAX)
        self.process.stdout.close()


class Delivery(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.end)

    def test_opens_once_and_tells_it(self):
        world = self.world
        token = world.act("issue", until="+1h")
        world.act("ring")
        self.assertEqual(world.act("present", token=token["text"])["result"], "granted")
        self.assertTrue(world.act("push")["opened"])
        self.assertTrue(world.act("close")["closed"])
        world.act("until", wanted={"bolt": "thrown"}, within_ms=10_000)
        world.heard("visit", event_type="ended", outcome="sealed", token_id=token["id"])
        again = world.act("present", token=token["text"])
        self.assertEqual((again["result"], again["refusal"]), ("refused", "already_used"))
        self.assertFalse(world.act("push")["opened"])
        self.assertEqual((world.truth["withdrawals"], world.truth["openings"]), (1, 1))

    def test_a_token_that_the_owner_has_denied_does_not_open(self):
        world = self.world
        token = world.act("issue")
        self.assertEqual(world.act("control", op="deny-token", token=token["id"])["result"], "applied")
        self.assertEqual(world.act("present", token=token["text"])["refusal"], "revoked")
        world.heard("access", event_type="refused", refusal="revoked")
        self.assertEqual(world.truth["withdrawals"], 0)

    def test_a_power_cut_with_the_courier_inside(self):
        world = self.world
        token = world.act("issue")
        world.act("present", token=token["text"])
        world.act("push")
        world.act("cut", what="power", for_ms=300)
        world.act("close")
        world.act("until", wanted={"bolt": "thrown"}, within_ms=10_000)
        world.heard("visit", event_type="ended", outcome="sealed", token_id=token["id"])
        self.assertEqual(world.act("present", token=token["text"])["refusal"], "already_used")

    def test_says_in_words_what_cannot_be_done(self):
        with self.assertRaisesRegex(Refused, "bolt is never \"banana\"; it is one of thrown, withdrawn, between"):
            self.world.act("until", wanted={"bolt": "banana"})


if __name__ == "__main__":
    unittest.main()
