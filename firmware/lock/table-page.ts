/**
 * TABLE.md, drawn from the tables themselves: what people review is what runs. `npm run table`
 * writes it, and a test fails when it is stale.
 */
import { ALARM_RULES, WITHOUT_CAUSE } from './alarms.ts';
import { BELL, BELL_EVENT_TEXTS, BELL_EVENTS, BELL_ROWS, BELL_WAITS, BELL_WORDS } from './bell.ts';
import { BOLT, BOLT_EVENT_TEXTS, BOLT_EVENTS, BOLT_GUARDS, BOLT_ROWS, BOLT_WAITS, BOLT_WORDS } from './bolt.ts';
import { diagram, grid, list, rows, spaced } from './draw.ts';
import { INDICATIONS } from './indication.ts';
import { ASKED, MODES } from './modes.ts';
import { feedbackOf, PROFILES, RULES } from './profiles/index.ts';
import { VISIT, VISIT_EVENT_TEXTS, VISIT_EVENTS, VISIT_GUARDS, VISIT_ROWS, VISIT_WAITS, VISIT_WORDS } from './visit.ts';

const code = (word: string): string => `\`${word}\``;

function modes(): string {
  const answer = (mode: keyof typeof MODES, asked: (typeof ASKED)[number]): string => {
    const said = MODES[mode][asked];
    return said === 'allowed' ? 'yes' : `no: ${code(said.refusal)}`;
  };
  const names = Object.keys(MODES) as (keyof typeof MODES)[];
  return rows(
    ['', ...names.map(code)],
    ASKED.map((asked) => [spaced(asked), ...names.map((mode) => answer(mode, asked))]),
  );
}

function alarms(): string {
  const caused = ALARM_RULES.map(({ alarm, cause, clearedBy }) => [code(alarm), cause, clearedBy]);
  const never = Object.entries(WITHOUT_CAUSE).map(([alarm, why]) => [code(alarm), `nothing yet: ${why}`, '–']);
  return rows(['alarm', 'raised because', 'cleared because'], [...caused, ...never]);
}

const indications = (): string =>
  rows(
    ['shown', 'while'],
    INDICATIONS.map(({ indication, when }) => [code(indication), when]),
  );

/** A line for each thing that a profile says, a column for each profile. */
function profiles(): string {
  const all = Object.values(PROFILES);
  const said = (value: unknown): string => {
    if (value === undefined) return '–';
    if (Array.isArray(value)) return value.map((one) => code(String(one))).join(', ');
    if (typeof value === 'object' && value !== null) {
      return Object.entries(value)
        .map(([name, one]) => `${name} ${String(one)}`)
        .join(', ');
    }
    return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
  };
  const keys = [...new Set(all.flatMap((profile) => Object.keys(profile)))].filter((key) => key !== 'name');
  const seen = { bolt: 'its two contacts', latch: 'its latch', none: 'nothing: `assumed`' } as const;
  return rows(
    ['', ...all.map(({ name }) => `**${name}**`)],
    [
      ['the bolt is seen by', ...all.map((profile) => seen[feedbackOf(profile)])],
      ...keys.map((key) => [code(key), ...all.map((profile) => said(profile[key as keyof typeof profile]))]),
    ],
  );
}

const unsafe = (): string =>
  rows(
    ['refused because', 'do this'],
    RULES.map(({ why, next }) => [why, next]),
  );

export function tablePage(): string {
  return `# What the lock does

Drawn by \`npm run table\` from the files of this folder, which also say why. Do not edit.

A lock, a safe for a car's key and the trunk of a car are one machine here, with other data. It keeps a **bolt** (or a
spring latch), sees a **door** (or a lid), and lets somebody with a token in for one **visit**. Three tables say what
it does: [the bolt](bolt.ts), whoever moves it; [the visit](visit.ts), from the bell to the sealed door; and
[the bell](bell.ts). Everything else on this page follows from the state: alarms, the light, what is refused.

- **What is so is what was observed.** Contacts lead into \`locked\` and \`unlocked\`, commands do not. Where no contact
  sees the bolt, its place is reckoned from the drive, and every report of it says \`"assumed": true\`.
- **The bolt is thrown only with the door observed closed**, and never over an empty safe.
- **Whoever is inside gets out**, in every row and every mode. So does a key find back into its safe.
- **In doubt nothing moves.** At boot, and when the board is lost, the bolt is \`unknown\` until it is observed.

## How to read the grids

Read a column as "while it is …", a row as "when … happens". **→ row** is where it goes, the words below are what it
does. \`·\` may happen, and there is nothing to do. ✗ only the firmware itself could cause it, and it never does here;
should it happen all the same, the lock lets go of the bolt and knows nothing until it observes again.
*Waits for* names the one wait of a row, which begins when the row is entered and ends when it is left; \`elapsed\` is
its end. How long each wait is stands in [the profiles](#the-profiles).

An event from outside goes to the bolt, then to the visit. The visit moves the bolt by \`withdraw\` and \`throw\`, and
hears what was observed of it as \`lock.*\`. Every cell is there: leaving one out does not compile.

## The bolt

${grid(BOLT, BOLT_ROWS, BOLT_EVENTS, BOLT_WAITS)}

*Entry*: a withdrawn bolt behind a door that nobody opens. *Relock*: the moment after the door was closed. *Travel*:
the longest drive. *Retry*: before the next try to throw, doubled for each that failed.

${list('event', BOLT_EVENT_TEXTS)}

${list('asks', BOLT_GUARDS)}

${list('does', BOLT_WORDS)}

${diagram(BOLT, BOLT_ROWS, BOLT_EVENTS, 'unknown')}

## The visit

${grid(VISIT, VISIT_ROWS, VISIT_EVENTS, VISIT_WAITS)}

${list('event', VISIT_EVENT_TEXTS)}

${list('asks', VISIT_GUARDS)}

${list('does', VISIT_WORDS)}

${diagram(VISIT, VISIT_ROWS, VISIT_EVENTS, 'idle')}

A visit from \`awaiting_entry\` on survives the power: the next life begins it in \`resumed\`, with what is left of its
waits. One that was cut before has used its token up, and is told as \`spent_outcome_unknown\`; nothing opens for it.

## The bell

${grid(BELL, BELL_ROWS, BELL_EVENTS, BELL_WAITS)}

${list('event', BELL_EVENT_TEXTS)}

${list('does', BELL_WORDS)}

${diagram(BELL, BELL_ROWS, BELL_EVENTS, 'up')}

Rings are events like all others: while the broker is away they wait in the journal, each with its own time and number,
and come in order when it is back. Whoever counts them counts \`ring\`, and adds the \`repeats\` of each.

## The modes

Who may do what, as the owner has set it. The last two lines are the same in every mode, and no mode is asked for them.

${modes()}

## The alarms

Read off the state after every step: an alarm stands for as long as its cause does, and on until its cause can be
judged to be gone. A board that is lost, a wire that does not hold still and a power cut clear nothing.

${alarms()}

## Light and buzzer

The first line that holds is shown.

${indications()}

## The profiles

What one token is good for is the line \`unit\`. Times are in milliseconds. A contact that is not wired is not heard.

${profiles()}

A configuration that breaks one of these is refused:

${unsafe()}
`;
}
