import { describe, expect, it } from 'vitest';
import { ASKED, type Asked, MODES, refusalIn, tokenOn } from '../../../firmware/lock/modes.ts';
import { DOOR } from '../../../firmware/lock/profiles/index.ts';
import { OPERATING_MODES, type OperatingMode } from '../../../protocol/index.ts';
import type { World } from '../../../sim/world.ts';
import { nonceOf } from '../../support/asker.ts';
import { heard, home, people, token } from '../../support/home.ts';

/** What each asks for, and whether it has been given. */
const ASKING: Readonly<Record<Asked, (lock: World) => Promise<boolean>>> = {
  async token_at_reader(lock) {
    lock.present(token());
    await lock.pass(1_000);
    return lock.plant.truth().withdrawals === 1;
  },
  async token_by_mqtt(lock) {
    lock.lock().present(people.people.answer(token(), await nonceOf(lock)), 'mqtt');
    await lock.pass(1_000);
    return lock.plant.truth().withdrawals === 1;
  },
  async lock_command(lock) {
    lock.plant.turn('withdraw');
    await lock.pass(1_000);
    lock.lock().lock();
    await lock.pass(1_000);
    return lock.lock().state().bolt.row === 'locked' && lock.lock().state().bolt.changedBy === 'remote';
  },
  async inside_button(lock) {
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    return lock.plant.truth().withdrawals === 1;
  },
  async auto_relock(lock) {
    lock.plant.turn('withdraw');
    await lock.pass(DOOR.entryWindowMs + 2_000);
    return lock.plant.truth().bolt === 1_000;
  },
};

const YES = undefined;
const EXPECTED: Readonly<Record<OperatingMode, Readonly<Record<Asked, string | undefined>>>> = {
  normal: {
    token_at_reader: YES,
    token_by_mqtt: YES,
    lock_command: YES,
    inside_button: YES,
    auto_relock: YES,
  },
  vacation: {
    token_at_reader: 'owner_veto',
    token_by_mqtt: YES,
    lock_command: YES,
    inside_button: YES,
    auto_relock: YES,
  },
  privacy: {
    token_at_reader: 'privacy_mode',
    token_by_mqtt: 'privacy_mode',
    lock_command: YES,
    inside_button: YES,
    auto_relock: YES,
  },
  no_remote_lock_unlock: {
    token_at_reader: YES,
    token_by_mqtt: 'owner_veto',
    lock_command: 'owner_veto',
    inside_button: YES,
    auto_relock: YES,
  },
};

const modes = Object.keys(OPERATING_MODES) as readonly OperatingMode[];
const grid = modes.flatMap((mode) => ASKED.map((asked) => [mode, asked, EXPECTED[mode][asked] ?? 'allowed'] as const));

describe('the grid of modes', () => {
  it.each(grid)('in %s, %s is %s', async (mode, asked, expected) => {
    const lock = await home();
    lock.lock().present(people.people.order(1, { op: 'set-mode', mode }), 'reader');
    await lock.pass(100);
    expect(lock.lock().document().mode).toBe(mode);
    expect(await ASKING[asked](lock)).toBe(expected === 'allowed');
    const refused = heard(lock, 'access').flatMap((event) => ('refusal' in event ? [event.refusal] : []));
    if (asked === 'lock_command') expect(lock.lock().lock()?.refusal ?? 'allowed').toBe(expected);
    else expect(refused).toEqual(expected === 'allowed' ? [] : [expected]);
  });

  it('says the same as the rule that it is made of', () => {
    for (const mode of modes)
      for (const asked of ASKED) expect(refusalIn(mode, asked)?.refusal).toBe(EXPECTED[mode][asked]);
  });

  it('is asked by channel', () => {
    expect(tokenOn('reader')).toBe('token_at_reader');
    expect(tokenOn('mqtt')).toBe('token_by_mqtt');
  });

  it('keeps nobody in and leaves nothing unlocked, whatever the owner has set', () => {
    for (const answers of Object.values(MODES)) {
      expect(answers.inside_button).toBe('allowed');
      expect(answers.auto_relock).toBe('allowed');
    }
  });
});

describe('the household, from afar', () => {
  it('does not throw the bolt of a door that stands open', async () => {
    const lock = await home();
    lock.plant.press('inside_button', 100);
    await lock.pass(1_000);
    lock.plant.push();
    await lock.pass(100);
    lock.lock().lock();
    await lock.pass(2_000);
    expect(lock.plant.truth().bolt).toBe(0);
  });

  it('locks before a courier has come in, and that visit is over', async () => {
    const lock = await home();
    lock.present(token());
    await lock.pass(1_000);
    lock.lock().lock();
    await lock.pass(1_000);
    expect(heard(lock, 'visit').at(-1)).toMatchObject({ outcome: 'granted_not_entered' });
    expect(lock.plant.truth().bolt).toBe(1_000);
  });
});
