import { describe, expect, it } from 'vitest';
import { type ClockTrust, type Machine, machineTimeSource } from '../../../firmware/clock/time-source.ts';
import { virtualClock } from '../../../sim/time/clock.ts';

interface Answers {
  readonly hctosys?: string;
  readonly sinceEpoch?: string;
  readonly synchronised?: string;
}

/** A machine that answers as Linux does; what is not given is not there. */
const machine = (answers: Answers): Machine => {
  const given = async (answer: string | undefined): Promise<string> => {
    if (answer === undefined) throw new Error('not there');
    return answer;
  };
  return {
    read: (path) => given(path.endsWith('hctosys') ? answers.hctosys : answers.sinceEpoch),
    ask: () => given(answers.synchronised),
  };
};

async function voucherOf(trusts: readonly ClockTrust[], answers: Answers): Promise<string> {
  const source = await machineTimeSource(virtualClock({ startWallMs: 0 }), trusts, machine(answers));
  source.close();
  return source.voucher();
}

const RTC = { hctosys: '1\n', sinceEpoch: '1780308000\n' };

describe('a machine', () => {
  it.each([
    ['an RTC that is sound', ['rtc', 'host'], RTC, 'rtc'],
    ['an RTC that the kernel did not take its time from', ['rtc'], { ...RTC, hctosys: '0\n' }, 'none'],
    ['an RTC whose oscillator had stopped, and cannot be read', ['rtc'], { hctosys: '1\n' }, 'none'],
    ['time from the network', ['rtc', 'host'], { synchronised: 'yes\n' }, 'host'],
    ['no time from the network yet', ['rtc', 'host'], { synchronised: 'no\n' }, 'none'],
    ['neither', ['rtc', 'host'], {}, 'none'],
    ['time from the network, which its owner does not accept', ['rtc'], { synchronised: 'yes\n' }, 'none'],
    ['neither, on a desk', ['unverified'], {}, 'host'],
  ] as const)('with %s', async (_what, trusts, answers, voucher) => {
    expect(await voucherOf(trusts, answers)).toBe(voucher);
  });

  it('is asked again every minute, until it is closed', async () => {
    const clock = virtualClock({ startWallMs: 0 });
    const answers: { synchronised: string } = { synchronised: 'no' };
    const source = await machineTimeSource(clock, ['host'], {
      read: () => Promise.reject(new Error('none')),
      ask: async () => answers.synchronised,
    });
    expect(source.voucher()).toBe('none');
    answers.synchronised = 'yes';
    await clock.advanceAsync(60_000);
    expect(source.voucher()).toBe('host');
    await clock.advanceAsync(60_000);
    source.close();
    expect(clock.pending).toBe(0);
  });
});
