/** What every Clock promises, whether its time is the world's or made up. */
import { expect, it } from 'vitest';
import type { Clock } from '../../firmware/ports/index.ts';

export interface ClockUnderTest {
  readonly clock: Clock;
  /** Lets at least `ms` pass on the monotonic clock, and runs what fell due meanwhile. */
  pass(ms: number): Promise<void>;
}

export function clockContract(make: () => ClockUnderTest): void {
  it('tells both times in whole milliseconds', () => {
    const { clock } = make();
    expect(Number.isInteger(clock.wallMs())).toBe(true);
    expect(Number.isInteger(clock.monoMs())).toBe(true);
  });

  it('calls back once, and no sooner than it was asked to', async () => {
    const { clock, pass } = make();
    const calledAtMs: number[] = [];
    const armedAtMs = clock.monoMs();
    for (const delayMs of [1, 2, 3, 7]) {
      clock.after(delayMs, () => calledAtMs.push(clock.monoMs() - armedAtMs - delayMs));
    }
    await pass(30);
    expect(calledAtMs).toHaveLength(4);
    for (const earlyMs of calledAtMs) expect(earlyMs).toBeGreaterThanOrEqual(0);
  });

  it('never calls back from inside the call that arms, not even for a delay of zero or less', async () => {
    const { clock, pass } = make();
    const order: string[] = [];
    clock.after(0, () => order.push('zero'));
    clock.after(-5, () => order.push('past'));
    order.push('armed');
    await pass(5);
    expect(order).toEqual(['armed', 'zero', 'past']);
  });

  it('calls the shorter wait back first, whichever was armed first', async () => {
    const { clock, pass } = make();
    const order: string[] = [];
    clock.after(20, () => order.push('long'));
    clock.after(2, () => order.push('short'));
    await pass(40);
    expect(order).toEqual(['short', 'long']);
  });

  it('does not call back what was cancelled, and lets a wait be cancelled twice or too late', async () => {
    const { clock, pass } = make();
    const calls: string[] = [];
    const cancel = clock.after(2, () => calls.push('cancelled'));
    const late = clock.after(2, () => calls.push('kept'));
    cancel();
    cancel();
    await pass(20);
    late();
    expect(calls).toEqual(['kept']);
  });

  it('lets one callback cancel another that is due at the same time', async () => {
    const { clock, pass } = make();
    const calls: string[] = [];
    const cancels: (() => void)[] = [];
    clock.after(3, () => {
      calls.push('first');
      for (const cancel of cancels) cancel();
    });
    cancels.push(clock.after(3, () => calls.push('second')));
    await pass(20);
    expect(calls).toEqual(['first']);
  });

  it('lets a callback arm the next', async () => {
    const { clock, pass } = make();
    let rounds = 0;
    const again = (): void => {
      rounds++;
      if (rounds < 3) clock.after(1, again);
    };
    clock.after(1, again);
    await pass(40);
    expect(rounds).toBe(3);
  });

  it('waits for a delay that no 32-bit timer can hold, instead of firing at once', async () => {
    const { clock, pass } = make();
    let calls = 0;
    const cancel = clock.after(2 ** 31 + 5, () => calls++);
    await pass(20);
    cancel();
    expect(calls).toBe(0);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d as a delay', (delayMs) => {
    const { clock } = make();
    expect(() => clock.after(delayMs, () => undefined)).toThrow('not a delay');
  });
}
