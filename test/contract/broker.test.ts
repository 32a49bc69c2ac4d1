import { afterEach, describe } from 'vitest';
import { systemClock } from '../../firmware/clock/system.ts';
import { mqttBroker } from '../../firmware/report/mqtt.ts';
import { embeddedBroker } from '../../sim/broker/embedded.ts';
import { simulatedBroker } from '../../sim/ports/broker.ts';
import { virtualClock } from '../../sim/time/clock.ts';
import { AVAILABILITY, brokerContract, type Taken } from './broker.ts';

describe('MQTT to a real broker on this machine', () => {
  const cleanUps: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  brokerContract(async (present) => {
    const clock = systemClock();
    const taken: Taken[] = [];
    let holding = false;
    const server = await embeddedBroker({
      onPublish: (message) => taken.push(message),
      swallows: () => holding,
    });
    cleanUps.push(() => server.close());
    if (!present) await server.pause();
    const broker = mqttBroker({
      url: server.url,
      clientId: 'front-door',
      availabilityTopic: AVAILABILITY,
      clock,
      reconnect: { firstMs: 20, mostMs: 40 },
    });
    cleanUps.push(() => broker.close());
    return {
      broker,
      lose: () => server.pause(),
      restore: () => server.resume(),
      holdAcks() {
        holding = true;
      },
      taken: () => taken,
      async until(condition) {
        for (let waitedMs = 0; !condition(); waitedMs += 5) {
          if (waitedMs > 10_000) throw new Error('it did not come about');
          await new Promise<void>((resolve) => clock.after(5, resolve));
        }
      },
    };
  });
});

describe('the simulated broker, in virtual time', () => {
  brokerContract(async (present) => {
    const clock = virtualClock({ startWallMs: 0 });
    const broker = simulatedBroker({ clock, availabilityTopic: AVAILABILITY, ackMs: 30, connectMs: 10, present });
    return {
      broker,
      lose: async () => broker.lose(),
      restore: async () => broker.restore(),
      holdAcks: () => broker.holdAcks(true),
      taken: () => broker.published.map(({ topic, payload, retain }) => ({ topic, payload, retain })),
      async until(condition) {
        for (let turns = 0; !condition(); turns++) {
          if (turns > 1000) throw new Error('it did not come about');
          await clock.advanceAsync(10);
        }
      },
    };
  });
});
