/**
 * A delivery backend, as small as one can be: it has a carrier's key, makes one token for each order, and learns from
 * the lock's events what became of it. Yours is larger; the tests beside this file would look the same.
 */
import { randomBytes } from 'node:crypto';
import { fromHex, publicKeyOf, toHex, wallS, writeToken } from 'latchstring/protocol';
import mqtt from 'mqtt';

/**
 * @typedef {object} Order
 * @property {string} id
 * @property {'issued' | 'at the door' | 'delivered' | 'not delivered' | 'cancelled'} status
 * @property {string} token text of the courier's token, `LST1:…`
 * @property {string} tokenId 32 hexadecimal digits, as they stand in the lock's events
 *
 * @typedef {object} Customer what the customer's lock and its owner have given us
 * @property {string} brokerUrl
 * @property {import('latchstring/protocol').Topics} topics
 * @property {string} audience
 * @property {string} delegation `LSD1:…`
 * @property {(tokenId: string) => Promise<unknown>} revoke asks the owner to void a token: a carrier cannot
 */

/** `seed`: the carrier's secret key, 32 bytes. */
export function deliveryBackend(seed = new Uint8Array(randomBytes(32))) {
  /** @type {Map<string, Order>} */
  const orders = new Map();
  /** @type {string[]} */
  const alarms = [];
  /** @type {Customer | undefined} */
  let customer;
  /** @type {mqtt.MqttClient | undefined} */
  let client;

  /** @param {string} topic @param {Record<string, unknown>} event */
  function hear(topic, event) {
    const order = [...orders.values()].find(({ tokenId }) => tokenId === event.token_id);
    if (topic === customer?.topics.event.alarm && event.event_type === 'raised') alarms.push(String(event.alarm));
    if (order === undefined) return;
    if (event.event_type === 'entered') order.status = 'at the door';
    if (event.event_type === 'ended') order.status = event.outcome === 'sealed' ? 'delivered' : 'not delivered';
  }

  return {
    orders,
    alarms,
    /** What the owner grants: 64 hexadecimal digits. */
    publicKey: toHex(publicKeyOf(seed)),

    /** @param {Customer} given */
    async serve(given) {
      customer = given;
      client = await mqtt.connectAsync(given.brokerUrl, { protocolVersion: 4, reconnectPeriod: 100 });
      client.on('message', (topic, payload) => hear(topic, JSON.parse(payload.toString())));
      await client.subscribeAsync(Object.values(given.topics.event), { qos: 1 });
    },

    /**
     * A token that lets one phone in, once, for `minutes` from now.
     * @param {string} id @param {string} phone its public key @param {number} minutes
     */
    order(id, phone, minutes = 60) {
      const key = fromHex(phone);
      if (customer === undefined || key === undefined) throw new Error('no customer, or no key of a phone');
      const nowS = Math.floor(Date.now() / 1000);
      const tokenId = new Uint8Array(randomBytes(16));
      const bytes = writeToken(
        {
          audience: customer.audience,
          // A lock's clock may be a little behind ours.
          notBeforeS: wallS(nowS - 60),
          expiresS: wallS(nowS + minutes * 60),
          issuedAtS: wallS(nowS),
          id: tokenId,
          holder: key,
          action: 'unlock',
          under: { delegation: new Uint8Array(Buffer.from(customer.delegation.slice('LSD1:'.length), 'base64url')) },
        },
        seed,
      );
      /** @type {Order} */
      const order = {
        id,
        status: 'issued',
        token: `LST1:${Buffer.from(bytes).toString('base64url')}`,
        tokenId: toHex(tokenId),
      };
      orders.set(id, order);
      return order;
    },

    /** @param {string} id */
    async cancel(id) {
      const order = orders.get(id);
      if (order === undefined || customer === undefined) throw new Error(`there is no order ${id}`);
      await customer.revoke(order.tokenId);
      order.status = 'cancelled';
    },

    async close() {
      await client?.endAsync(true);
    },
  };
}
