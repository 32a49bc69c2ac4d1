/** What the checker of who moved the bolt makes of one record, and of what was seen before it. */
import { expect, it } from 'vitest';
import { CAR_TRUNK, DOOR, type Profile } from '../../../firmware/lock/profiles/index.ts';
import { whoMovedIt } from '../../../sim/check/who.ts';

const AT_REST = { bolt: 1_000, driven: 'none', doorOpen: false };

interface Circumstance {
  readonly seen?: readonly object[];
  readonly laterMs?: number;
  readonly upForMs?: number;
  readonly broken?: boolean;
  readonly profile?: Profile;
  readonly assumed?: true;
}

/** What is complained of when these things were seen, and so much later this was told of the bolt. */
function complaints(type: string, by: string, circumstance: Circumstance = {}): readonly string[] {
  const { seen = [], laterMs = 0, upForMs = 60_000, broken = false, profile = DOOR, assumed } = circumstance;
  const told: string[] = [];
  let nowMs = 100_000;
  const view = {
    profile,
    commandOf: (topic: string) => topic,
    recordsIn: () => [{ topic: 'lock', body: { event_type: type, changed_by: by, assumed } }],
    now: {
      nowMs: () => nowMs,
      truth: () => AT_REST,
      tampered: () => false,
      wasTroubled: () => broken,
      isTroubled: () => false,
      hasBeenUp: (forMs: number) => upForMs >= forMs,
    },
  };
  const watch = whoMovedIt.watch(view as never, (what) => told.push(what));
  for (const one of seen) watch.see(one as never);
  nowMs += laterMs;
  watch.see({ what: 'disk', kind: 'append', phase: 'issued' } as never);
  return told;
}

const moved = (driven: string): object => ({ what: 'truth', truth: { ...AT_REST, bolt: 900, driven } });
const pressed = { what: 'contact', contact: 'inside_button', closed: true };
const admitted = { what: 'shown', channel: 'reader', text: '', answer: { kind: 'admitted' } };
const sent = (topic: string): object => ({ what: 'sent', topic, payload: '' });

it.each([
  ['manual', moved('none'), 'a hand on the bolt'],
  ['auto', moved('throw'), 'a drive'],
  ['button', pressed, 'a press of a button'],
  ['proprietary_remote', admitted, 'a token'],
  ['proprietary_remote', sent('unlock'), 'a token'],
  ['remote', sent('lock'), 'a word from afar'],
])('believes %s when it has seen that, a moment ago, and complains otherwise', (by, cause, what) => {
  const complaint = `the bolt is told to be unlocked by ${by}, and there was not ${what}`;
  expect(complaints('unlocked', by, { seen: [cause] })).toEqual([]);
  expect(complaints('unlocked', by)).toEqual([complaint]);
  const late = complaints('unlocked', by, { seen: [cause], laterMs: 31_000 });
  // Who wants it locked while the door stands open has it locked when it is shut.
  expect(late).toEqual(by === 'remote' ? [] : [complaint]);
  for (const other of [moved('none'), moved('throw'), pressed, admitted, sent('lock'), sent('ping')]) {
    const isAnother =
      JSON.stringify(other) !== JSON.stringify(cause) && !(by === 'proprietary_remote' && other === admitted);
    if (isAnother) expect(complaints('unlocked', by, { seen: [other] })).toEqual([complaint]);
  }
});

it('believes a word from afar until the bolt is thrown, and not of the next time', () => {
  const record = { what: 'disk', kind: 'append', phase: 'issued' };
  const complaint = 'the bolt is told to be locked by remote, and there was not a word from afar';
  expect(complaints('locked', 'remote', { seen: [sent('lock')] })).toEqual([]);
  expect(complaints('locked', 'remote', { seen: [sent('lock'), record] })).toEqual([complaint]);
});

it('lets nobody have moved it only for a while after a start', () => {
  expect(complaints('locked', 'unspecified', { upForMs: 14_000 })).toEqual([]);
  expect(complaints('locked', 'unspecified')).toEqual([
    'the bolt is told to be locked by unspecified, and there was not a start',
  ]);
});

it('knows no other words for it, and says nothing of a bolt between its ends, or of contacts that are broken', () => {
  expect(complaints('locked', 'rfid')).toEqual(['the bolt is told to be locked by rfid']);
  expect(complaints('not_fully_locked', 'manual')).toEqual([]);
  expect(complaints('locked', 'manual', { broken: true })).toEqual([]);
});

it('believes what is said to be assumed: nobody has seen it', () => {
  expect(complaints('unlocked', 'manual', { assumed: true, profile: CAR_TRUNK })).toEqual([]);
});

it('lets a latch that catches by itself do so without a drive', () => {
  expect(complaints('locked', 'auto', { profile: CAR_TRUNK })).toEqual([]);
  expect(complaints('locked', 'button', { profile: CAR_TRUNK })).toHaveLength(1);
});
