/** A whole lock in real time, on a simulated door and disk, with a real connection to a broker. */
import { randomBytes } from 'node:crypto';
import { opensslVerify } from '../../firmware/access/first-look.ts';
import { systemClock } from '../../firmware/clock/system.ts';
import { silent } from '../../firmware/log.ts';
import { type HomeAssistant, type Lock, startLock } from '../../firmware/main.ts';
import { mqttBroker } from '../../firmware/report/mqtt.ts';
import type { TlsMaterial } from '../../firmware/report/mqtt-tls.ts';
import { establish, mintIdentity } from '../../firmware/tools/enrol.ts';
import { listenedTo, publicKeyOf, type Topics, topicsOf, toWallS } from '../../protocol/index.ts';
import { type People, people } from '../../sim/people.ts';
import { BOLT_THROWN, type Plant, plant } from '../../sim/plant/plant.ts';
import { simulatedDisk } from '../../sim/ports/disk.ts';
import { simMechanism } from '../../sim/ports/mechanism.ts';
import { prng } from '../../sim/time/prng.ts';
import { EVERY_RING } from '../support/home.ts';
import { seeds } from '../support/people.ts';
import { until } from '../wire/until.ts';

export interface LockOn {
  readonly lock: Lock;
  readonly plant: Plant;
  readonly people: People;
  readonly topics: Topics;
  /** Events that the broker has not acknowledged yet. */
  waiting(): number;
  /** One ring, told as one event, however many there were before. */
  ring(): Promise<void>;
  /** A courier comes, goes in, and is gone; the door is locked behind him. */
  visit(): Promise<void>;
  stop(): Promise<void>;
}

export interface LockOnOptions {
  readonly url: string;
  readonly id: string;
  /** Absent: it shows a certificate. */
  readonly password?: string;
  readonly tls?: TlsMaterial;
  readonly homeAssistant?: HomeAssistant;
}

export async function lockOn({ url, id, password, tls, homeAssistant }: LockOnOptions): Promise<LockOn> {
  const clock = systemClock();
  const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
  const disk = simulatedDisk({ prng: prng(1, id), clock });
  const identity = mintIdentity(
    { lockId: id, root: publicKeyOf(seeds.owner), recovery: publicKeyOf(seeds.recovery) },
    random,
  );
  await establish(disk, identity);
  const door = plant({ clock, prng: prng(2, id), travelMs: 50, bounceMsMax: 2, bolt: BOLT_THROWN });
  const topics = topicsOf(id);
  const lock = await startLock({
    identity,
    disk,
    clock,
    timeSource: {
      voucher: () => 'rtc',
      uptime: () => ({ bootId: 'this one', ms: clock.monoMs() }),
      close: () => undefined,
    },
    mechanism: simMechanism({ plant: door, clock }),
    readers: [],
    broker: mqttBroker({
      url,
      clientId: id,
      username: id,
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls: async () => tls }),
      availabilityTopic: topics.availability,
      subscriptions: listenedTo(topics),
      foreign: homeAssistant === undefined ? [] : [homeAssistant.statusTopic],
      clock,
      reconnect: { firstMs: 50, mostMs: 200 },
    }),
    profile: { ...EVERY_RING, settleMs: 5, relockAfterMs: 50 },
    random,
    timezone: 'Europe/Berlin',
    verify: opensslVerify(),
    log: silent,
    ...(homeAssistant === undefined ? {} : { homeAssistant }),
  });
  const who = people(seeds, identity.audience, toWallS(clock.wallMs()), random);
  const events = (): number => lock.journal().memory.nextSeq;
  const finger = () => lock.state().contacts.bell.closed;
  await until('the lock is locked', () => lock.state().bolt.row === 'locked' && finger() === false);
  return {
    lock,
    plant: door,
    people: who,
    topics,
    waiting: () => lock.journal().memory.outbox.length,
    async ring() {
      const before = events();
      // On a busy machine a short press can come and go between two looks; nobody lets go before the bell was felt.
      await until('the ring is in the journal', () => {
        if (finger() === false && events() === before) door.press('bell', 100);
        return events() > before;
      });
      await until('the finger is off the bell', () => finger() === false);
    },
    async visit() {
      const nowS = toWallS(clock.wallMs());
      lock.present(who.show(who.issue({ nowS }), nowS), 'reader');
      await until('the bolt is withdrawn', () => lock.state().bolt.row === 'unlocked');
      door.push();
      await until('the door is open', () => lock.state().contacts.door_closed.closed === false);
      door.close();
      await until('the door is locked', () => lock.state().bolt.row === 'locked');
      await until('the visit is over', () => lock.document().visit === 'idle');
    },
    stop: () => lock.stop(),
  };
}
