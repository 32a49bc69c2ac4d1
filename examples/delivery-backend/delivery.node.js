/** The backend against a house, with node:test. Run it with: node --test delivery.node.js */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { house } from 'latchstring/sim';
import { deliveryBackend } from './backend.js';

/**
 * A house whose owner has granted our carrier, and the backend that serves it. Both end with the test.
 * @param {import('node:test').TestContext} t
 * @param {import('latchstring/sim').TestHouseOptions} [options]
 */
async function customer(t, options) {
  const backend = deliveryBackend();
  const h = await house({ ...options, carrier: backend.publicKey });
  t.after(() => h.stop());
  await backend.serve({
    brokerUrl: h.brokerUrl,
    topics: h.topics,
    audience: h.audience,
    delegation: h.keys.delegation,
    revoke: (token) => h.control({ op: 'deny-token', token }),
  });
  t.after(() => backend.close());
  return { backend, h };
}

test('an order is delivered once', async (t) => {
  const { backend, h } = await customer(t);
  const order = backend.order('1', h.keys.courier);
  await h.ring();
  assert.equal((await h.present(order.token)).result, 'granted');
  assert.equal(await h.push(), true);
  await h.until(() => order.status === 'at the door');
  assert.equal(await h.close(), true);
  await h.until({ bolt: 'thrown' });
  await h.until(() => order.status === 'delivered');
  assert.equal(h.truth().openings, 1);
});

test('a token that was used does not open again', async (t) => {
  const { backend, h } = await customer(t);
  const order = backend.order('1', h.keys.courier);
  await h.present(order.token);
  await h.push();
  await h.close();
  await h.until({ bolt: 'thrown' });
  const again = await h.present(order.token);
  assert.equal(again.result, 'refused');
  assert.equal('refusal' in again && again.refusal, 'already_used');
  assert.equal(await h.push(), false);
  assert.equal(h.truth().withdrawals, 1);
});

test('an order that was cancelled before the courier came does not open', async (t) => {
  const { backend, h } = await customer(t);
  const order = backend.order('1', h.keys.courier);
  await backend.cancel('1');
  assert.deepEqual(await h.present(order.token), {
    result: 'refused',
    answer: 'denied',
    refusal: 'revoked',
    detail: 'the owner has denied this token',
  });
  assert.equal(h.truth().withdrawals, 0);
});

test('an order whose time is over does not open', async (t) => {
  const { backend, h } = await customer(t);
  // Over since a minute: it began two minutes ago at the latest.
  const shown = await h.present(backend.order('1', h.keys.courier, -0.5).token);
  assert.equal('refusal' in shown && shown.refusal, 'expired');
  assert.equal(h.truth().withdrawals, 0);
});

test('a power cut with the courier inside costs nothing: the visit goes on, and the order is delivered', async (t) => {
  const { backend, h } = await customer(t);
  const order = backend.order('1', h.keys.courier);
  await h.present(order.token);
  await h.push();
  await h.cut({ power: { forMs: 300 } });
  assert.equal(h.truth().door, 'open');
  await h.close();
  await h.until({ bolt: 'thrown' });
  await h.until(() => order.status === 'delivered');
  const again = await h.present(order.token);
  assert.equal('refusal' in again && again.refusal, 'already_used');
  assert.equal(h.truth().withdrawals, 1);
});

test('a door that is left open raises an alarm that the backend sees', async (t) => {
  const { backend, h } = await customer(t, { policy: { stayMsMax: 300 } });
  await h.present(backend.order('1', h.keys.courier).token);
  await h.push();
  await h.until(() => backend.alarms.includes('VisitOverstay'));
  assert.equal(h.truth().door, 'open');
});
