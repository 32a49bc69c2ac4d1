/** The backend against a house, with vitest. Run it with: npx vitest run delivery.test.ts */
import { house, type TestHouse, type TestHouseOptions } from 'latchstring/sim';
import { afterEach, describe, expect, it } from 'vitest';
import { deliveryBackend } from './backend.js';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A house whose owner has granted our carrier, and the backend that serves it. */
async function customer(options: TestHouseOptions = {}) {
  const backend = deliveryBackend();
  const h: TestHouse = await house({ ...options, carrier: backend.publicKey });
  ends.push(h.stop);
  await backend.serve({
    brokerUrl: h.brokerUrl,
    topics: h.topics,
    audience: h.audience,
    delegation: h.keys.delegation,
    revoke: (token) => h.control({ op: 'deny-token', token }),
  });
  ends.push(backend.close);
  return { backend, h };
}

describe('an order', () => {
  it('is delivered once', async () => {
    const { backend, h } = await customer();
    const order = backend.order('1', h.keys.courier);
    await h.ring();
    expect(await h.present(order.token)).toMatchObject({ result: 'granted', token: order.tokenId });
    expect(await h.push()).toBe(true);
    await h.until(() => order.status === 'at the door');
    expect(await h.close()).toBe(true);
    await h.until({ bolt: 'thrown' });
    await h.until(() => order.status === 'delivered');
    expect(await h.present(order.token)).toMatchObject({ result: 'refused', refusal: 'already_used' });
    expect(h.truth()).toMatchObject({ openings: 1, withdrawals: 1, bolt: 'thrown' });
  });

  it('that was cancelled before the courier came does not open', async () => {
    const { backend, h } = await customer();
    const order = backend.order('1', h.keys.courier);
    await backend.cancel('1');
    expect(await h.present(order.token)).toMatchObject({ result: 'refused', refusal: 'revoked' });
    expect(h.truth().withdrawals).toBe(0);
  });

  it('whose time is over does not open', async () => {
    const { backend, h } = await customer();
    const order = backend.order('1', h.keys.courier, -0.5);
    expect(await h.present(order.token)).toMatchObject({ result: 'refused', refusal: 'expired' });
    expect(h.truth().withdrawals).toBe(0);
  });

  it('is delivered through a power cut with the courier inside', async () => {
    const { backend, h } = await customer();
    const order = backend.order('1', h.keys.courier);
    await h.present(order.token);
    await h.push();
    await h.cut({ power: { forMs: 300 } });
    await h.close();
    await h.until({ bolt: 'thrown' });
    await h.until(() => order.status === 'delivered');
    expect(h.truth().withdrawals).toBe(1);
  });

  it('waits for a courier whose phone shows it, not for one who has copied it', async () => {
    const { backend, h } = await customer();
    const order = backend.order('1', 'ab'.repeat(32));
    expect(await h.present(order.token)).toMatchObject({ result: 'refused', refusal: 'bad_signature' });
    expect(order.status).toBe('issued');
  });
});

describe('an alarm', () => {
  it('of a door that is left open reaches the backend', async () => {
    const { backend, h } = await customer({ policy: { stayMsMax: 300 } });
    await h.present(backend.order('1', h.keys.courier).token);
    await h.push();
    await h.until(() => backend.alarms.includes('VisitOverstay'));
    expect(h.truth().door).toBe('open');
  });
});
