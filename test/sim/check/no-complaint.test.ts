/** Runs in which a lock does what it should, and somebody who does not know all of it would complain. */
import { expect, it } from 'vitest';
import { parseScenario } from '../../../sim/scenario/file.ts';
import { play } from '../../../sim/scenario/player.ts';

const SOUND: Readonly<Record<string, string>> = {
  'a use comes to a slow disk when its nonce is old': `
disk: {sync: 400ms}
steps:
  - command: nonce
  - command: {unlock: courier-3}
  - fault: disk-stalled
  - after: 70s`,
  'a code that was drawn long ago counts as a wrong one, so that the lockout begins and ends before five were forged': `
steps:
  - fault: photograph
  - after: 1s
  - fault: {brute-force: {codes: 4, every: 500ms}}
  - after: 22s
  - fault: {brute-force: {codes: 20, every: 500ms}}
  - after: 12s
  - fault: {brute-force: {codes: 5, every: 3s}}
  - after: 1s
  - present: courier-1
  - expect: {answer: admitted}`,
  'a text is refused on a channel on which another was in the same minute': `
steps:
  - command: nonce
  - after: 70s
  - command: {unlock: courier-4}
  - after: 10ms
  - fault: relay
  - after: 2m`,
  'a phone draws many codes before a slow disk has the use of the first': `
steps:
  - fault: disk-stalled
  - after: 1s
  - hold: courier-3
  - after: 2m`,
  'the key of a safe leaves through a lid that is open for no time at all': `
profile: key-safe
steps:
  - present: courier-1
  - after: 1s
  - push: door
  - take: item
  - close: door
  - after: 35s
  - present: courier-7`,
  'a trunk springs open in the moment in which its owner calls it off, and nobody sees its latch': `
profile: car-trunk
disk: {sync: 4ms}
steps:
  - present: courier-1
  - after: 60ms
  - control: {set-mode: privacy}
  - after: 10s`,
  'a motor that is turned round as soon as it pulls ends at the first edge of a limit switch that bounces': `
profile: key-safe
seed: 161040006
disk: {sync: 4ms}
steps:
  - present: courier-1
  - after: 10ms
  - control: pause
  - after: 10s`,
  'a finger is on the button inside while the lock comes up, and is found there, which is no press': `
profile: door
seed: 181080403
disk: {sync: 400ms}
steps:
  - present: courier-1
  - after: 1s
  - restart: lock
  - press: inside_button
  - after: 20s`,
  'a power cut forgets the good token that would have made good wrong codes, and they count on': `
seed: 201190147
steps:
  - cut: {power: at write 12}
  - after: 1s
  - fault: {brute-force: {codes: 2, every: 500ms}}
  - present: courier-1
  - after: 10ms
  - restore: power
  - after: 12s
  - fault: {brute-force: {codes: 4, every: 500ms}}
  - after: 47s
  - present: courier-2`,
  'somebody who has leant on the bell lets go, and rings': `
seed: 212050195
steps:
  - fault: {button-leant-on: {button: bell, for: 5s}}
  - after: 5200ms
  - ring: once
  - after: 35s`,
  'a finger is on the bell while the lock comes up, and is found there, which is neither a ring nor a long press': `
profile: key-safe
seed: 231170244
steps:
  - restart: lock
  - fault: button-leant-on
  - after: 1m`,
  'a battery dips for less than it takes to measure it': `
profile: car-trunk
steps:
  - after: 5s
  - present: courier-1
  - after: 40ms
  - fault: {battery-low: {millivolts: 11000}}
  - after: 200ms
  - mend: battery-low
  - after: 2m`,
  'a wire that stalls has more to keep than it can, and swallows that the door was opened': `
steps:
  - press: inside_button
  - expect: {bolt: withdrawn, within: 2s}
  - after: 1s
  - fault: {serial-stalled: {for: 2s}}
  - fault: {bounce: {contact: bell}}
  - after: 1s
  - mend: bounce
  - push: door
  - after: 1h
  - expect: {door: open, reported_door: open}`,
  'a wire that stalls swallows that the key is back': `
profile: key-safe
steps:
  - present: courier-1
  - after: 1s
  - push: lid
  - after: 1s
  - take: item
  - after: 1s
  - close: lid
  - after: 5s
  - push: lid
  - after: 1s
  - fault: {serial-stalled: {for: 2s}}
  - fault: {bounce: {contact: bolt_thrown}}
  - after: 1s
  - put: item
  - mend: bounce
  - after: 1s
  - close: lid
  - after: 1h
  - expect: {bolt: thrown, lock: locked}`,
  'children play with the door until its contact is not believed any more, and then leave it shut': `
steps:
  - press: inside_button
  - after: 1s
  - push: door${'\n  - after: 1s\n  - close: door\n  - after: 1s\n  - push: door'.repeat(40)}
  - after: 1s
  - close: door
  - after: 10m
  - expect: {lock: locked, no_alarm: any}`,
  'whoever was locked out goes on trying until just before he is listened to again': `
seed: 251130400
steps:
  - fault: {brute-force: {codes: 6, every: 3s}}
  - after: 40s
  - fault: {brute-force: {codes: 5, every: 3s}}
  - present: courier-1
  - after: 1m`,
  'the owner pauses the lock as somebody who was let in from afar pulls the door open before the bolt is seen withdrawn': `
profile: door
seed: 261120595
steps:
  - after: 35s
  - command: nonce
  - command: {unlock: courier-2}
  - force: door
  - after: 10ms
  - control: pause
  - after: 35s`,
  'a door is forced as its courier shows a token, and the owner pauses the lock before the bolt is withdrawn behind it': `
profile: door
seed: 291110508
steps:
  - force: door
  - present: courier-1
  - after: 200ms
  - control: pause`,
  'a slow disk writes down that it was locked before somebody said lock from afar when he has said so': `
profile: door
seed: 302300003
disk:
  sync: 400ms
steps:
  - present: courier-1
  - after: 2s
  - control: pause
  - after: 450ms
  - press: inside_button
  - after: 200ms
  - command: lock`,
  'a broker refuses what is told of the visit: the lock tells that it has set it aside': `
steps:
  - fault: {network-refuses: {topic: visit}}
  - present: courier-1
  - after: 3s
  - push: door
  - after: 1s
  - close: door
  - after: 30s
  - mend: network-refuses`,
  'a door is shut and opened again in one moment, and then left open for too long': `
seed: 271080251
steps:
  - present: courier-1
  - after: 1s
  - push: door
  - after: 1s
  - close: door
  - push: door
  - after: 6m`,
  'a bolt is turned back by hand just as somebody forces its door': `
profile: key-safe
seed: 241030365
steps:
  - after: 35s
  - release: from_inside
  - after: 10ms
  - force: door
  - after: 1m`,
  'a safe is emptied as its bolt is turned round, and the power goes before anything of it is written': `
profile: key-safe
seed: 212010002
disk: {sync: 40ms}
steps:
  - cut: {power: after write 39}
  - present: courier-1
  - after: 500ms
  - push: door
  - after: 450ms
  - take: item
  - after: 25ms
  - put: item
  - after: 2m
  - close: door
  - after: 10ms
  - present: courier-2
  - after: 25ms
  - push: door
  - take: item
  - after: 900ms
  - close: door`,
};

it.each(Object.entries(SOUND))('nobody complains when %s', async (name, text) => {
  const { scenario } = parseScenario(`scenario: ${JSON.stringify(name)}${text}`, 'inline.yaml');
  const { violations, unmet } = await play(scenario, { lenient: true });
  expect({ violations, unmet }).toEqual({ violations: [], unmet: undefined });
});
