/** What may break, as chance has it: something of the catalogue of faults, with parameters that fit this product. */
import type { Chances, StepData } from './chances.ts';

/** Something of the catalogue, mended now or at the end. */
export function trouble(chances: Chances): readonly StepData[] {
  const { wait, oneIn } = chances;
  const [name, parameters] = aFault(chances);
  const broken = { fault: parameters === undefined ? name : { [name]: parameters } };
  // Long enough now and then that it has to be told by then, by a lock that looks at its clock once a minute.
  const shownAfter = { after: chances.pick(['3s', '3s', '90s']) };
  if (AMISS.includes(name)) return [broken, shownAfter, { present: 'courier-11' }, { mend: name }, wait()];
  // A thousand edges a second: minutes of it take longer than everything else.
  if (name === 'bounce') return [broken, { after: chances.pick(['60ms', '900ms', '2s']) }, { mend: name }, wait()];
  return oneIn(2) ? [broken, wait(), { mend: name }, wait()] : [broken, wait()];
}

/** Holds back every token for as long as it lasts, also one that nobody has shown before, and ends nothing that has begun. */
const AMISS: readonly string[] = [
  'battery-low',
  'ignition-on',
  'mount-removed',
  'tilted',
  'clock-untrusted',
  'clock-reset',
  'clock-stepped',
];

function aFault({ dice, pick, contacts, courier, battery }: Chances): readonly [string, StepData | undefined] {
  const contact = pick(contacts);
  const per = (most: number): number => dice.below(most + 1);
  const made: readonly (readonly [string, StepData | undefined])[] = [
    ['jam', { above: per(1000) }],
    ['jam', { above: 1000, below: per(1000) }],
    ['slip', undefined],
    ['stall', undefined],
    ['slow-bolt', { times: 2 + per(8) }],
    ['sensor-stuck', { contact, closed: per(1) === 1 }],
    ['wire-cut', { contact }],
    ['bounce', { contact }],
    ['brown-out', { for: pick(['50ms', '500ms', '3s']) }],
    ['boot-loop', { times: 2 + per(3), every: pick(['10ms', '150ms', '600ms']) }],
    ['disk-full', { room: per(2000) }],
    ['disk-error', { on: pick(['append', 'sync']) }],
    ['disk-stalled', { on: pick(['append', 'sync']) }],
    ['serial-reset', undefined],
    ['serial-stalled', { for: pick(['20ms', '300ms', '2s', '8s']) }],
    ['clock-stepped', { by: pick(['+1h', '+1d', '-1h', '-1m', '+1m']) }],
    ['clock-drifting', { ppm: per(400) - 200 }],
    ['clock-untrusted', { vouches: 'none' }],
    ['clock-untrusted', { vouches: 'host' }],
    ['network-half-open', undefined],
    ['network-breaks', undefined],
    ['network-breaks', { at: 'event' }],
    ['network-slow', { acknowledged: pick(['50ms', '3s']) }],
    ['network-hostile', undefined],
    ['door-held', { for: pick(['5s', '1m']) }],
    ['button-leant-on', { button: contacts.includes('bell') ? 'bell' : 'inside_button', for: pick(['5s', '1m']) }],
    // Below what is kept for relocking, and below what its owner is warned of.
    ...(battery === undefined
      ? []
      : [['battery-low', undefined] as const, ['battery-low', { millivolts: battery.warnMillivolts - 50 }] as const]),
    ...(contacts.includes('ignition_off') ? [['ignition-on', undefined] as const] : []),
    ...(contacts.includes('mounted') ? [['mount-removed', undefined] as const] : []),
    ...(contacts.includes('upright') ? [['tilted', undefined] as const] : []),
    ...(contacts.includes('cover_on') ? [['cover-off', undefined] as const] : []),
    ['clock-reset', undefined],
    ['brute-force', { codes: 5, every: '3s' }],
    ['photograph', { token: pick([courier(), 'courier-12']), age: pick(['20s', '45s']) }],
    ['clone', { token: courier() }],
    ['relay', { token: courier() }],
    ['replay', { token: courier(), times: 2, every: '3s' }],
  ];
  return pick(made);
}
