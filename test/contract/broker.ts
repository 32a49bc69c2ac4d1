/** What every Broker promises about a connection that comes and goes. */
import { expect, it } from 'vitest';
import type { Broker, BrokerEvent } from '../../firmware/ports/index.ts';

export const AVAILABILITY = 'latchstring/v1/front-door/availability';

export interface Taken {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

export interface BrokerUnderTest {
  readonly broker: Broker;
  /** The connection goes and stays away. */
  lose(): Promise<void>;
  restore(): Promise<void>;
  /** From now on nothing is acknowledged. */
  holdAcks(): void;
  /** What arrived at the broker. */
  taken(): readonly Taken[];
  /** Lets time pass until it is so, with a bound. */
  until(condition: () => boolean): Promise<void>;
}

export function brokerContract(make: (present: boolean) => Promise<BrokerUnderTest>): void {
  async function started(present = true) {
    const under = await make(present);
    const events: BrokerEvent[] = [];
    under.broker.start((event) => events.push(event));
    const types = (): readonly string[] => events.map(({ type }) => type);
    const seen = (type: BrokerEvent['type'], times = 1): Promise<void> =>
      under.until(() => types().filter((one) => one === type).length >= times);
    if (present) await seen('broker.connected');
    return { ...under, events, types, seen };
  }
  const publish = (broker: Broker, payload: string, retain = false): Promise<void> =>
    broker.publish('latchstring/v1/front-door/event/door', payload, { retain });
  async function settled<T>(under: BrokerUnderTest, promise: Promise<T>): Promise<PromiseSettledResult<T>> {
    let result: PromiseSettledResult<T> | undefined;
    void Promise.allSettled([promise]).then(([outcome]) => {
      result = outcome;
    });
    await under.until(() => result !== undefined);
    if (result === undefined) throw new Error('neither settled nor timed out');
    return result;
  }

  it('publishes in order, retained or not, and settles with the acknowledgement', async () => {
    const run = await started();
    await settled(run, publish(run.broker, 'one'));
    await settled(run, publish(run.broker, 'two', true));
    expect(run.taken().map(({ payload, retain }) => [payload, retain])).toEqual([
      ['one', false],
      ['two', true],
    ]);
    expect(run.types()).toEqual(['broker.connected']);
  });

  it('says nothing on its own when it connects: online is for the reporter to say', async () => {
    const run = await started();
    await settled(run, publish(run.broker, 'one'));
    expect(run.taken()).toHaveLength(1);
  });

  it('rejects before there is a connection, and does not bring it up later', async () => {
    const run = await started(false);
    await run.seen('broker.lost');
    expect((await settled(run, publish(run.broker, 'early'))).status).toBe('rejected');
    await run.restore();
    await run.seen('broker.connected');
    await settled(run, publish(run.broker, 'later'));
    expect(run.taken().map(({ payload }) => payload)).toEqual(['later']);
    expect(run.types()).toEqual(['broker.lost', 'broker.connected']);
  });

  it('tells of a loss once, with a reason, however often it tries, and of each return', async () => {
    const run = await started();
    await run.lose();
    await run.seen('broker.lost');
    await run.restore();
    await run.seen('broker.connected', 2);
    await run.lose();
    await run.seen('broker.lost', 2);
    expect(run.types()).toEqual(['broker.connected', 'broker.lost', 'broker.connected', 'broker.lost']);
    for (const event of run.events) if (event.type === 'broker.lost') expect(event.reason).not.toBe('');
  });

  it('has the will published when the connection goes without a goodbye', async () => {
    const run = await started();
    await run.lose();
    await run.until(() => run.taken().length > 0);
    expect(run.taken()).toEqual([{ topic: AVAILABILITY, payload: 'offline', retain: true }]);
  });

  it('rejects a publish whose connection goes before the acknowledgement, and never sends it again', async () => {
    const run = await started();
    run.holdAcks();
    const cut = settled(run, publish(run.broker, 'cut off'));
    await run.lose();
    expect((await cut).status).toBe('rejected');
    const before = run.taken().filter(({ payload }) => payload === 'cut off').length;
    await run.restore();
    await run.seen('broker.connected', 2);
    const after = settled(run, publish(run.broker, 'after'));
    await run.lose();
    await after;
    expect(run.taken().filter(({ payload }) => payload === 'cut off')).toHaveLength(before);
  });

  it('says goodbye when it closes, and then nothing more', async () => {
    const run = await started();
    expect((await settled(run, run.broker.close())).status).toBe('fulfilled');
    expect(run.taken()).toEqual([{ topic: AVAILABILITY, payload: 'offline', retain: true }]);
    expect((await settled(run, publish(run.broker, 'late'))).status).toBe('rejected');
    expect((await settled(run, run.broker.close())).status).toBe('fulfilled');
    await run.lose();
    expect(run.types()).toEqual(['broker.connected']);
    expect(run.taken()).toHaveLength(1);
  });

  it('closes when nobody answers any more, and what was waiting is rejected', async () => {
    const run = await started();
    run.holdAcks();
    const waiting = Promise.allSettled([publish(run.broker, 'waiting')]);
    expect((await settled(run, run.broker.close())).status).toBe('fulfilled');
    expect((await waiting)[0].status).toBe('rejected');
  });

  it('closes while the broker is away', async () => {
    const run = await started(false);
    await run.seen('broker.lost');
    expect((await settled(run, run.broker.close())).status).toBe('fulfilled');
    await run.restore();
    expect(run.types()).toEqual(['broker.lost']);
  });
}
