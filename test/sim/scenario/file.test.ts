/** Whoever writes a scenario by hand makes slips: each is told with its place, what is wrong, and what was probably meant. */
import { describe, expect, it, vi } from 'vitest';
import type { Failure } from '../../../firmware/tools/failure.ts';
import { parseScenario, SCENARIO_BYTES_MAX, writeScenario } from '../../../sim/scenario/file.ts';
import { Misfit } from '../../../sim/scenario/kinds.ts';
import { play } from '../../../sim/scenario/player.ts';

const NAME = 'slip.yaml';
const read = (text: string) => parseScenario(text, NAME);
const steps = (...lines: readonly string[]): string =>
  `scenario: a slip\nsteps:\n${lines.map((line) => `  - ${line}\n`).join('')}`;

function failureOf(make: () => unknown): Pick<Failure, 'code' | 'message' | 'next'> {
  try {
    make();
  } catch (error) {
    const { code, message, next } = error as Failure;
    return { code, message, next };
  }
  throw new Error('it was read');
}

/** Each with where it is, and a word of what is said; the last is what to do next. */
const SLIPS: readonly (readonly [what: string, text: string, place: string, says: string, next: string])[] = [
  ['a typo in a word', steps('ring: once', 'pres: courier-1'), '4:5', 'pres is not a word', 'did you mean press?'],
  ['a typo in a value', steps('ring: onse'), '3:11', '"onse" is none of the words', 'did you mean once?'],
  ['a value that no text comes of', steps('ring: {toString: 1}'), '3:11', '{"toString":1} is none', 'choose from once'],
  ['a fault that no text comes of', steps('fault: [{toString: 1}]'), '3:12', '[{"toString":1}] is no', 'choose from'],
  ['a step without end', steps(`"${'x'.repeat(9_999)}"`), '3:5', `"${'x'.repeat(39)}… is not a step`, 'write a word'],
  ['a typo in an expectation', steps('expect: {blt: thrown}'), '3:14', 'blt is nothing', 'did you mean bolt?'],
  ['a typo in its value', steps('expect: {bolt: thrwn}'), '3:20', '"thrwn" is none', 'did you mean thrown?'],
  [
    'a clock that is set twice',
    steps('fault: {clock-stepped: {by: +1h, to: 2027-01-01}}'),
    '3:28',
    'by and to both say',
    'give one of the two',
  ],
  [
    'a bolt that can be nowhere',
    steps('fault: {jam: {above: 600, below: 700}}'),
    '3:18',
    'neither above 600 nor below 700',
    'at most above',
  ],
  ['a typo in a fault', steps('fault: jamm'), '3:12', '"jamm" is no fault', 'did you mean jam?'],
  ['a typo in its parameter', steps('fault: {jam: {abov: 1}}'), '3:19', 'abov is not known', 'did you mean above?'],
  ['a typo above the steps', `profil: door\n${steps('ring: once')}`, '1:1', 'profil is not known', 'mean profile?'],
  ['another word altogether', steps('dance: slowly'), '3:5', 'dance is not a word', 'choose from note, after,'],
  ['a unit that is missing', steps('after: 500'), '3:12', '500 has no unit', 'write 500ms, 500s'],
  ['a unit that is missing in a text', steps('after: "20"'), '3:12', '20 has no unit', 'write 20ms'],
  ['a unit that there is none of', steps('after: 3weeks'), '3:12', 'is not a length of time', 'write it like 500ms'],
  ['a length of a thousand years', steps('after: 999999d'), '3:12', 'more than a year', 'write less'],
  ['a length that time could never pass', steps('after: 99999999999999d'), '3:12', 'more than a year', 'write less'],
  [
    'a moment in a thousand years',
    steps('issue: {token: a, until: +999999d}'),
    '3:30',
    'a hundred years',
    'write less',
  ],
  ['a card that has died', `disk: {sync: 11s}\n${steps('ring: once')}`, '1:14', '"11s" is more than 10s', 'write less'],
  ['a bare time within', steps('expect: {bolt: thrown, within: 2}'), '3:36', '2 has no unit', 'write 2ms'],
  ['no moment', steps('issue: {token: a, until: soon}'), '3:30', 'is not a moment', 'write now, +1h'],
  ['no name', steps('present: Courier 1'), '3:14', 'is not a name', 'a letter first: courier-1'],
  ['a fraction', steps('expect: {opened: 1.5}'), '3:22', 'is not a whole number', 'without a unit'],
  ['something missing', steps('issue: {until: +1h}'), '3:12', 'token is missing', 'write token: courier-1'],
  ['several keys in a step', steps('ring: once\n    push: door'), '4:5', 'push is another', 'put a - before it'],
  ['a step that is only a word', steps('ring'), '3:5', '"ring" is not a step', 'write a word and its value'],
  ['a power cut at no moment', steps('cut: {power: soon}'), '3:18', 'no moment for a power cut', 'write at write 3'],
  [
    'two things in one control',
    steps('control: {raise-epoch: 2, set-mode: normal}'),
    '3:14',
    'says one thing',
    'one of',
  ],
  ['a control that is not said', steps('control: {pause: false}'), '3:22', 'false is not true', 'leave it out'],
  [
    'a day that there is none of',
    steps('issue: {token: a, until: 2026-02-30}'),
    '3:30',
    'is not a moment',
    'write now',
  ],
  [
    'a power cut at no write',
    steps('cut: {power: at write 0}'),
    '3:18',
    'no moment for a power cut',
    'write at write 3',
  ],
  ['nothing expected', steps('expect: {within: 2s}'), '3:13', 'nothing is expected', 'write one of bolt'],
  ['an expectation that is no map', steps('expect: locked'), '3:13', 'is a map', 'expect: {bolt: withdrawn'],
  ['a typo in an event', steps('expect: {event: visit/ende}'), '3:21', '"visit/ende" is none', 'mean visit/ended?'],
  [
    'a typo in what is never heard',
    steps('expect: {never_heard: access/grantd}'),
    '3:27',
    '"access/grantd" is none',
    'mean access/granted?',
  ],
  ['a typo in an answer', steps('expect: {control: aplied}'), '3:23', '"aplied" is none', 'mean applied?'],
  [
    'a typo in a topic',
    steps('fault: {network-refuses: {topic: dor}}'),
    '3:38',
    '"dor" is none of the words',
    'mean door?',
  ],
  ['no event', steps('expect: {event: door-opened}'), '3:21', 'is not an event', 'write topic and type'],
  [
    'a step that no key safe has',
    `profile: key-safe\n${steps('press: inside_button')}`,
    '4:12',
    'cannot happen',
    'prof',
  ],
  ['a step that no door has', steps('take: item'), '3:11', 'a door has no item_present', 'another profile'],
  [
    'a broken contact that is not wired',
    steps('fault: {wire-cut: {contact: item_present}}'),
    '3:12',
    'has no',
    'leave',
  ],
  ['a contact that nobody has', steps('expect: {item: in}'), '3:20', 'never be met: at this door', 'leave it out'],
  [
    'two ends at once',
    steps('expect: {bolt: thrown, holds_the_door: false}'),
    '3:13',
    'never be met',
    'one of the two',
  ],
  ['an alarm and none', steps('expect: {alarm: DoorAjar, no_alarm: any}'), '3:13', 'never be met', 'one of the two'],
  ['an alarm that is no problem', steps('expect: {alarm: DoorAjar, problem: false}'), '3:13', 'never be met', 'one of'],
  ['heard and never heard', steps('expect: {event: door/opened, never_heard: door/opened}'), '3:13', 'never be', 'one'],
  [
    'a bolt that is unlatched',
    steps('expect: {lock: unlatched}'),
    '3:13',
    'a bolt is never unlatched',
    'expect {lock: unlocked}',
  ],
  ['a promise that there is none of', `breaks: [spend before]\n${steps()}`, '1:10', 'none of the words', 'choose'],
  [
    'a policy that is unsafe',
    `profile: key-safe\npolicy: {ring_first: 1}\n${steps()}`,
    '2:22',
    'neither',
    'write true',
  ],
  ['a list instead of a map', '- ring: once\n', '1:1', 'a scenario is a map', 'begin with scenario:'],
  ['nothing at all', '', '1:1', 'a scenario is a map', 'begin with scenario:'],
  ['a number', '7\n', '1:1', 'a scenario is a map', 'begin with scenario:'],
  ['no name of it', 'steps: []\n', '1:1', 'scenario is missing', 'write scenario:'],
  ['no steps', 'scenario: a slip\n', '1:1', 'steps is missing', 'write steps:'],
  ['steps of which there are none', 'scenario: a slip\nsteps: []\n', '2:8', 'steps is empty', 'write one step'],
  ['steps that are no list', 'scenario: a slip\nsteps: {ring: once}\n', '2:8', 'steps is not a list', 'with - before'],
  ['too many steps', steps(...Array.from({ length: 2_001 }, () => 'ring: once')), '3:3', '2001 steps', 'at most 2000'],
  ['a seed that is no number', `seed: lucky\n${steps()}`, '1:7', '"lucky" is not a whole number', 'without a unit'],
  ['YAML that is broken', 'scenario: "a slip\nsteps: []\n', '3:1', 'quote', 'mend the YAML there'],
  ['a key that comes twice', 'scenario: a\nscenario: b\n', '2:1', 'unique', 'mend the YAML there'],
  [
    'two scenarios in one file',
    `${steps('ring: once')}---\n${steps('ring: once')}`,
    '4:1',
    'another document',
    'of its own',
  ],
  ['lists without end', steps(`after: ${'['.repeat(5_000)}`), '3:', 'too deep', 'flatter'],
  ['a tag', steps('after: !secret 1s'), '3:12', 'tag', 'mend the YAML there'],
];

describe('a scenario with a slip', () => {
  it.each(SLIPS)('of %s is refused with its place', (_, text, place, says, next) => {
    const failure = failureOf(() => read(text));
    expect(failure.code).toBe('usage');
    expect(failure.message).toContain(place.endsWith(':') ? `${NAME}:${place}` : `${NAME}:${place}: `);
    expect(failure.message).toContain(says);
    expect(failure.next).toContain(next);
  });

  it('of aliases that would fill the memory is refused before they are followed', () => {
    const layers = ['a: &a [x, x]'];
    for (let i = 1; i < 40; i++) {
      const [name, of] = [i, i - 1].map((n) => `l${n === 0 ? 'a' : n}`);
      layers.push(`${name}: &${name} [*${of === 'la' ? 'a' : of}, *${of === 'la' ? 'a' : of}]`);
    }
    const failure = failureOf(() => read(`${layers.join('\n')}\n${steps('ring: once')}`));
    expect(failure.message).toContain('alias');
    expect(failure.next).toBe('write out what it stands for');
  });

  it('of one alias is refused too: a file says what it means where it stands', () => {
    const failure = failureOf(() => read(steps('ring: &how once', 'ring: *how')));
    expect(failure.message).toBe(`${NAME}:4:11: an alias (*how)`);
  });

  it('of a key that is a list is refused, and the library says nothing of its own beside it', () => {
    const warnings: unknown[] = [];
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(warning));
    try {
      expect(failureOf(() => read(steps('? [a, b]\n    : c'))).message).toContain('is not a word');
    } finally {
      warn.mockRestore();
    }
    expect(warnings).toEqual([]);
  });

  it('of half a megabyte is refused by its length', () => {
    const failure = failureOf(() => read(steps('ring: once') + '#'.repeat(SCENARIO_BYTES_MAX)));
    expect(failure.message).toContain('longer than 512 KiB');
  });
});

describe('an expectation that only another product could meet', () => {
  const expecting = (profile: string, asked: string): string =>
    `profile: ${profile}\n${steps(`expect: {${asked}, within: 1s}`)}`;

  it.each([
    ['door', 'alarm: FrontEscutcheonRemoved', 'cover_on is not wired'],
    ['door', 'alarm: ItemNotReturned', 'item_present is not wired'],
    ['door', 'alarm: MountRemoved', 'mounted and upright are not wired'],
    ['door', 'event: visit/item_taken', 'item_present is not wired'],
    ['door', 'event: visit/item_returned', 'item_present is not wired'],
    ['door', 'event: system/battery', 'a door has no battery'],
    ['door', 'refused: ignition_on', 'ignition_off is not wired'],
    ['door', 'refused: mount_removed', 'mounted and upright are not wired'],
    ['door', 'refused: battery_low', 'a door has no battery'],
    ['door', 'light: battery_low', 'a door has no battery'],
    ['door', 'visit: awaiting_return', 'item_present is not wired'],
    ['key-safe', 'refused: ignition_on', 'ignition_off is not wired'],
    ['car-trunk', 'light: rung', 'bell is not wired'],
    ['car-trunk', 'visit: arrived', 'bell is not wired'],
    ['car-trunk', 'event: doorbell/ring', 'bell is not wired'],
    ['car-trunk', 'event: doorbell/double_press', 'bell is not wired'],
    ['car-trunk', 'event: doorbell/long_press', 'bell is not wired'],
    ['car-trunk', 'alarm: MountRemoved', 'mounted and upright are not wired'],
  ])('of a %s is refused: %s', (profile, asked, why) => {
    const { message } = failureOf(() => read(expecting(profile, asked)));
    expect(message).toContain(`${NAME}:4:`);
    expect(message).toContain('this can never be met: ');
    expect(message).toContain(why);
  });

  it.each([
    ['key-safe', 'alarm: MountRemoved'],
    ['key-safe', 'alarm: ItemNotReturned'],
    ['key-safe', 'event: doorbell/ring'],
    ['key-safe', 'refused: battery_low'],
    ['car-trunk', 'refused: ignition_on'],
    ['car-trunk', 'event: system/battery'],
    // What is not to be so is so, and may be said.
    ['door', 'no_alarm: ItemNotReturned'],
    ['car-trunk', 'never_heard: doorbell/ring'],
  ])('is read where it can be met: of a %s, %s', (profile, asked) => {
    expect(read(expecting(profile, asked)).scenario.steps).toHaveLength(1);
  });
});

describe('a step that cannot happen where it stands', () => {
  it.each([
    ['cut: power', 'cut: power', 'the power is off already'],
    ['ring: once', 'restore: power', 'the power is on'],
    ['ring: once', 'mend: jam', 'jam is not broken'],
    ['ring: once', 'present: {copy: photo}', 'nobody has copied anything as photo'],
    ['ring: once', 'copy: {shown: photo}', 'nobody has shown anything yet'],
    ['ring: once', 'command: {unlock: courier-1}', 'the lock has given no nonce yet'],
    ['ring: once', 'control: re-seal', 're-seal answers a nonce'],
    ['ring: once', 'present: {token: a, copy: b}', 'one thing to show'],
    ['ring: once', 'issue: {token: a, from: +2h, until: +1h}', 'a token ends after it begins'],
    ['ring: once', 'fault: {disk-put-back: {copy: backup}}', 'nobody has copied the disk as backup'],
    ['ring: once', 'fault: disk-bits', 'the lock is up'],
    ['cut: power', 'restart: lock', 'the lock is dark'],
    ['cut: {power: at write 3000}', 'cut: {power: at motion}', 'a power cut is awaited already'],
    ['cut: {power: at motion}', 'fault: {power-cut: {write: 3}}', 'a power cut is awaited already'],
    ['fault: {power-cut: {write: 3000}}', 'cut: {power: at motion}', 'a power cut is awaited already'],
    ['ring: once', 'close: door', 'it is shut already'],
    ['force: door', 'push: door', 'it is open already'],
    ['cut: serial', 'cut: serial', 'the wire to the board is gone already'],
    ['fault: network-away', 'cut: network', 'the network is gone already'],
    ['ring: once', 'restore: serial', 'the wire to the board is there'],
    ['ring: once', 'restore: network', 'the network is there'],
    ['after: 1s', 'turn: thrown', 'the bolt is thrown already'],
  ])('behind "%s", "%s" is told with its line', async (before, wrong, says) => {
    const file = read(steps(before, wrong));
    const misfit = await play(file.scenario).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(misfit).toBeInstanceOf(Misfit);
    const failure = file.misfit(misfit as Misfit);
    expect(failure.message).toContain(`${NAME}:4:5: this step cannot happen: `);
    expect(failure.message).toContain(says);
    expect(failure.next).not.toBe('');
  });

  it.each([
    [['put: item'], 'it is in already'],
    [['take: item', 'take: item'], 'it is out already'],
  ])('is told of an open safe: %j', async (wrong, says) => {
    const open = ['present: a', 'expect: {bolt: withdrawn, within: 5s}', 'push: lid'];
    const { scenario } = read(steps(...open, ...wrong).replace('steps:', 'profile: key-safe\nsteps:'));
    await expect(play(scenario)).rejects.toMatchObject({ message: expect.stringContaining(says) });
  });

  it.each(['present: {copy: photo}', 'fault: {disk-put-back: {copy: backup}}'])(
    'is told with a step that can be written before it: nobody has copied what "%s" shows',
    async (wrong) => {
      const { next } = await play(read(steps(wrong)).scenario).then(
        () => ({ next: '' }),
        (error: unknown) => error as Misfit,
      );
      const copy = next.replace('copy it before: ', '');
      const { unmet } = await play(read(steps('present: a', copy, wrong)).scenario);
      expect(unmet).toBeUndefined();
    },
  );

  it('is passed over in a scenario that chance has made', async () => {
    const said: string[] = [];
    const { passed } = await play(read(steps('mend: jam', 'ring: once')).scenario, {
      lenient: true,
      onSaid: (what) => said.push(what),
    });
    expect(passed).toBe(true);
    expect(said).toEqual(['not possible: jam is not broken']);
  });
});

describe('a scenario that was read', () => {
  it('comes out the same when it is written and read again', () => {
    const data = {
      scenario: 'twice',
      seed: 7,
      steps: [{ ring: 'once' }, { expect: { bolt: 'thrown', within: '2s' } }],
    };
    const again = read(writeScenario(data)).scenario;
    expect(again.data).toEqual(data);
    expect(again.steps.map(({ says }) => says)).toEqual(['ring: once', 'expect: {bolt: thrown, within: 2s}']);
    expect(again).toMatchObject({ seed: 7, durable: false, witness: false, breaks: [] });
  });

  it('knows the places of its steps', () => {
    const file = read(steps('ring: once', 'push: door'));
    expect(file.scenario.steps.map(({ path }) => file.placeOf(path))).toEqual([
      { line: 3, col: 5 },
      { line: 4, col: 5 },
    ]);
  });
});
