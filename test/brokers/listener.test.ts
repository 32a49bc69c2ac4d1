import { expect, it } from 'vitest';
import { embeddedBroker } from '../../sim/broker/embedded.ts';
import { listenOn } from './listener.ts';

it('comes in although the broker did not know its account the first times', async () => {
  let asked = 0;
  const accounts = new (class extends Map<string, string> {
    override get(): string | undefined {
      return ++asked > 2 ? 'correct horse' : undefined;
    }
  })();
  const broker = await embeddedBroker({ accounts });
  try {
    const listener = await listenOn({ port: broker.port, user: 'late', password: 'correct horse', topics: [] });
    expect(listener.connected()).toBe(true);
    expect(asked).toBe(3);
    await listener.close();
  } finally {
    await broker.close();
  }
});
