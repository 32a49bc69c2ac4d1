import { describe, expect, it } from 'vitest';
import { TOKEN_PREFIX, toArmour } from '../../../firmware/tools/armour.ts';
import { toText } from '../../../protocol/index.ts';
import { everyEventOnce, nothingSecret } from '../../../sim/check/reports.ts';
import type { Observation } from '../../../sim/observation.ts';
import { parseScenario } from '../../../sim/scenario/file.ts';
import { play } from '../../../sim/scenario/player.ts';
import { NOW_S, people } from '../../support/home.ts';

/** What became of a scenario, and what the checkers complained of. */
async function outcomeOf(...lines: readonly string[]) {
  const { passed, violations } = await play(parseScenario(lines.join('\n'), 'inline.yaml').scenario);
  return { passed, violations };
}
const HOLDS = { passed: true, violations: [] };

const published = (payload: string): Observation => ({ what: 'published', topic: 'a/topic', payload, retain: false });

function complaints(payload: string, secrets: readonly string[] = []): readonly string[] {
  const told: string[] = [];
  nothingSecret.watch({ secrets } as never, (what) => told.push(what)).see(published(payload));
  return told;
}

describe('nothing secret', () => {
  it('complains of a code, of its beginning, and of a secret key', () => {
    const code = toText(Uint8Array.from({ length: 40 }, (_, i) => i * 5));
    expect(complaints(JSON.stringify({ detail: code }))).toEqual(['a code is published on a/topic']);
    expect(complaints(JSON.stringify({ detail: code.slice(0, 24) }))).toHaveLength(1);
    expect(complaints('{"detail":"00ff00ff"}', ['00ff00ff'])).toEqual(['a secret is published on a/topic']);
  });

  it('complains of a token in whatever alphabet, and not of the signature of the lock', () => {
    const token = Buffer.from(people.people.issue({ nowS: NOW_S }));
    for (const spelled of [toArmour(TOKEN_PREFIX, token), token.toString('hex'), token.toString('base64')])
      expect(complaints(JSON.stringify({ detail: spelled }))).toEqual(['what may be a token is published on a/topic']);
    expect(complaints(JSON.stringify({ detail: toText(token).slice(4) }))).toHaveLength(1);
    expect(complaints(JSON.stringify({ seq: 1, att: token.toString('base64url') }))).toEqual([]);
  });

  it('lets a refusal name the prefix that a code would have had', () => {
    expect(complaints('{"detail":"the text begins LS0:, not LS1:"}')).toEqual([]);
  });
});

describe('every event, once, in order', () => {
  const told = (seq: number, more: object = {}): Observation => ({
    what: 'published',
    topic: 'event',
    payload: JSON.stringify({ id: `front-door-life-${seq}`, seq, ts: 'then', event_type: 'opened', ...more }),
    retain: false,
  });

  /** What is complained of when events 0 to `last` were journalled, and the observations came after it. */
  function complaintsOf(last: number, observations: readonly Observation[]): readonly string[] {
    const complained: string[] = [];
    const seqs = Array.from({ length: last + 1 }, (_, seq) => ({ seq, life: 'life', topic: 'door' }));
    const view = {
      eventTopicOf: () => 'door',
      read: (payload: string) => JSON.parse(payload),
      recordsIn: () => seqs,
      now: { tampered: () => false, isTroubled: () => false, wasTroubled: () => true },
    };
    const watch = everyEventOnce.watch(view as never, (what) => complained.push(what));
    const disk = { what: 'disk', file: 'journal', bytes: new Uint8Array() } as const;
    watch.see({ ...disk, kind: 'append', phase: 'issued' } as never);
    watch.see({ ...disk, kind: 'sync', phase: 'done' } as never);
    for (const observation of observations) watch.see(observation);
    watch.end?.();
    return complained;
  }

  it('is content with all of them, and with one that is told twice', () => {
    expect(complaintsOf(2, [told(0), told(1), told(1), told(2)])).toEqual([]);
  });

  it('complains of one that is missing, and of one that comes behind a later one of the same life', () => {
    expect(complaintsOf(2, [told(0), told(2)])).toEqual([
      '1 events of the journal were never heard, the first is number 1',
    ]);
    expect(complaintsOf(2, [told(0), told(2), told(1)])).toEqual(['event 1 came after event 2, of the same life']);
  });

  it('takes no more for lost than the lock says that it has lost, and none beside it', () => {
    const lost = (count: number, last: number) => told(6, { event_type: 'events_lost', count, first: 1, last });
    expect(complaintsOf(5, [told(0), told(3), told(5), lost(3, 4)])).toEqual([]);
    expect(complaintsOf(5, [told(0), told(3), told(5), lost(2, 4)])).toEqual([
      '2 events are told as lost between 1 and 4, and 3 were not heard',
    ]);
    expect(complaintsOf(5, [told(0), told(3), told(5), lost(3, 3)])).toEqual([
      '1 events of the journal were never heard, the first is number 4',
    ]);
  });
});

describe('alarms have causes', () => {
  it('takes five wrong codes for the cause of their alarm', async () => {
    expect(
      await outcomeOf(
        'scenario: wrong codes',
        'steps:',
        '  - fault: {brute-force: {codes: 5, every: 3s}}',
        '  - expect: {alarm: WrongCodeEntryLimit}',
      ),
    ).toEqual(HOLDS);
  });

  it('takes a control of a stranger, sent again and again over a power cut, for one too', async () => {
    expect(
      await outcomeOf(
        'scenario: a stranger pauses',
        'seed: 3000728',
        'steps:',
        '  - cut: {power: after write 17}',
        '  - after: 1s',
        '  - force: door',
        '  - after: 1s',
        '  - present: courier-1',
        '  - after: 1s',
        '  - control: {op: pause, by: stranger}',
        '  - after: 10ms',
        '  - fault: network-hostile',
        '  - after: 1s',
        '  - restore: power',
        '  - expect: {alarm: WrongCodeEntryLimit, within: 5s}',
      ),
    ).toEqual(HOLDS);
  });
});

describe('alarms', () => {
  it('of a lock that starts again when its clock was set have lasted as long as that clock says', async () => {
    expect(
      await outcomeOf(
        'scenario: a clock set over a restart',
        'profile: key-safe',
        'steps:',
        '  - force: door',
        '  - fault: clock-reset',
        '  - after: 1s',
        '  - mend: clock-reset',
        '  - restart: lock',
        '  - expect: {alarm: DoorAjar, within: 5s}',
      ),
    ).toEqual(HOLDS);
  });

  it('of a life that could write nothing down are told anew by the next one, which has its number', async () => {
    expect(
      await outcomeOf(
        'scenario: two lives on a full disk',
        'profile: car-trunk',
        'steps:',
        '  - fault: disk-full',
        '  - restart: lock',
        '  - after: 1s',
        '  - restart: lock',
        '  - expect: {alarm: LedgerFault, within: 5s}',
      ),
    ).toEqual(HOLDS);
  });
});

describe('the report is true', () => {
  it('of a lock that is watching: one that is told to end may be slow about it, and says no more of the door', async () => {
    expect(
      await outcomeOf(
        'scenario: an end on a slow disk',
        'profile: car-trunk',
        'disk: {sync: 400ms}',
        'steps:',
        '  - present: courier-1',
        '  - after: 950ms',
        '  - close: door',
        '  - after: 10ms',
        '  - press: inside_button',
        '  - after: 60ms',
        '  - restart: lock',
      ),
    ).toEqual(HOLDS);
  });
});

describe('RelockFailed', () => {
  it('is not caused by whoever inside withdraws what the end of a visit throws', async () => {
    expect(
      await outcomeOf(
        'scenario: the owner denies, somebody leaves',
        'steps:',
        '  - present: courier-1',
        '  - after: 1s',
        '  - control: {deny-token: courier-1}',
        '  - press: inside_button',
        '  - expect: {outcome: granted_not_entered, never_heard: alarm/raised, within: 40s}',
      ),
    ).toEqual(HOLDS);
  });
});

describe('a visit ends as it was', () => {
  it('also when somebody goes out while its use is on its way to a slow disk: that is no entry of its courier', async () => {
    expect(
      await outcomeOf(
        'scenario: out before the grant',
        'disk: {sync: 400ms}',
        'steps:',
        '  - after: 20s',
        '  - press: inside_button',
        '  - after: 1s',
        '  - present: courier-1',
        '  - after: 200ms',
        '  - push: door',
        '  - after: 300ms',
        '  - close: door',
        '  - after: 60s',
        '  - expect: {outcome: granted_not_entered}',
      ),
    ).toEqual(HOLDS);
  });
});

describe('everybody goes home', () => {
  it('and shuts the lid that an answer on a slow disk opens last of all', async () => {
    expect(
      await outcomeOf(
        'scenario: slow disk',
        'profile: car-trunk',
        'disk: {sync: 400ms}',
        'steps:',
        '  - present: courier-2',
        '  - after: 1s',
        '  - close: door',
        '  - command: nonce',
        '  - after: 1s',
        '  - command: {unlock: courier-1}',
      ),
    ).toEqual(HOLDS);
  });
});

describe('what a safe keeps', () => {
  it('is not seen to be taken through a lid that is open for no time', async () => {
    expect(
      await outcomeOf(
        'scenario: in no time',
        'profile: key-safe',
        'steps:',
        '  - present: courier-1',
        '  - after: 1s',
        '  - push: door',
        '  - take: item',
        '  - close: door',
        '  - after: 20s',
      ),
    ).toEqual(HOLDS);
  });
});

describe('a lock that the owner pauses', () => {
  it('is not blamed for what a stalled wire brings late, and was called off in it', async () => {
    expect(
      await outcomeOf(
        'scenario: late over the wire',
        'steps:',
        '  - fault: {serial-stalled: {for: 2s}}',
        '  - present: courier-1',
        '  - after: 10ms',
        '  - control: pause',
        '  - after: 3s',
      ),
    ).toEqual(HOLDS);
  });
});

describe('a bell', () => {
  it('that is pressed twice has rung once, and nothing was counted', async () => {
    expect(
      await outcomeOf(
        'scenario: twice, and once more',
        'steps:',
        '  - ring: twice',
        '  - after: 35s',
        '  - ring: once',
        '  - after: 2s',
        '  - after: 1s',
        '  - after: 10ms',
        '  - after: 12s',
      ),
    ).toEqual(HOLDS);
  });
});

describe('a lock from afar', () => {
  it('may wait for whoever has pressed the button inside, and has not left yet', async () => {
    expect(
      await outcomeOf(
        'scenario: on the way out',
        'steps:',
        '  - press: inside_button',
        '  - after: 12s',
        '  - command: lock',
        '  - after: 35s',
      ),
    ).toEqual(HOLDS);
  });
});
