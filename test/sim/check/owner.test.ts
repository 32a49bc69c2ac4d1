/** What somebody sees who knows what the owner has said, and listens to a lock that says otherwise. */
import { describe, expect, it } from 'vitest';
import { opensslVerify } from '../../../firmware/access/first-look.ts';
import type { Statement } from '../../../protocol/index.ts';
import { ownerIsObeyed } from '../../../sim/check/owner.ts';
import type { Observation } from '../../../sim/observation.ts';
import { people } from '../../support/home.ts';

function complaintsOf(...observations: readonly Observation[]): readonly string[] {
  const complained: string[] = [];
  const view = {
    controlTopic: 'control',
    stateTopic: 'state',
    eventTopicOf: (topic: string) => (topic === 'event/system' ? 'system' : undefined),
    read: (payload: string) => JSON.parse(payload),
    readState: (payload: string) => JSON.parse(payload),
    verify: opensslVerify(),
    reportPins: { audience: people.people.audience },
    ownersKeys: { root: people.identity.root, recovery: people.identity.recovery },
    now: { nowMs: () => 0, tampered: () => false, wasTroubled: () => false, truth: () => ({ driven: 'none' }) },
  };
  const watch = ownerIsObeyed.watch(view as never, (what) => complained.push(what));
  for (const observation of observations) watch.see(observation);
  return complained;
}

const says = (counter: number, statement: Statement, by?: 'stranger'): Observation => ({
  what: 'sent',
  topic: 'control',
  retain: true,
  payload: JSON.stringify([people.people.order(counter, statement, by === undefined ? {} : { by })]),
});
const published = (topic: string, document: object): Observation => ({
  what: 'published',
  topic,
  retain: false,
  payload: JSON.stringify(document),
});
const state = (counter: number, more: object = {}): Observation =>
  published('state', { control_counter: counter, paused: false, mode: 'normal', epoch: 1, ...more });
const applied = (counter: number): Observation =>
  published('event/system', { event_type: 'control', op: 'pause', result: 'applied', counter });

describe('the owner is obeyed', () => {
  it('has nothing to say of a lock that says what he has said', () => {
    const all = [says(1, { op: 'pause' }), state(1, { paused: true }), says(2, { op: 'raise-epoch', epoch: 5 })];
    expect(complaintsOf(state(0), ...all, state(2, { paused: true, epoch: 5 }), applied(2))).toEqual([]);
  });

  it('complains of a lock that says otherwise', () => {
    expect(complaintsOf(says(1, { op: 'pause' }), state(1))).toEqual([
      "after number 1 of the owner's paused is true, and the lock says false",
    ]);
    expect(complaintsOf(says(1, { op: 'set-mode', mode: 'privacy' }), state(1, { mode: 'vacation' }))).toHaveLength(1);
  });

  it('complains of a number under which he has said nothing, whoever else has', () => {
    const nothing = ["the lock says that it has the owner's number 1, and he has said nothing under it"];
    expect(complaintsOf(state(1))).toEqual(nothing);
    expect(complaintsOf(says(1, { op: 'pause' }, 'stranger'), state(1, { paused: true }))).toEqual(nothing);
    expect(complaintsOf(says(2, { op: 'pause' }), state(2, { paused: true }))).toEqual(nothing);
  });

  it('complains of what was told to be applied and is forgotten, and not of what was never told so', () => {
    const said = [says(1, { op: 'pause' }), state(1, { paused: true })];
    expect(complaintsOf(...said, applied(1), state(0))).toEqual([
      'the lock has told number 1 to be applied, and now says 0',
    ]);
    expect(complaintsOf(...said, state(0))).toEqual([]);
  });

  it('knows nothing where he has said two things under one number', () => {
    const two = [says(1, { op: 'pause' }), says(1, { op: 'resume' })];
    expect(complaintsOf(...two, state(1, { paused: true }))).toEqual([]);
    expect(complaintsOf(...two, state(1))).toEqual([]);
  });
});
