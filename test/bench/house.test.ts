/** The house of `npm run bench` sees what it measures: what it does not see ends a bench in the middle. */
import { expect, it, onTestFinished } from 'vitest';
import { startMeasuredHouse } from './house.ts';

it('sees of every visit when its spend is handed over and durable, and the first word to the servo', async () => {
  const house = await startMeasuredHouse({ broker: false });
  onTestFinished(() => house.stop());
  for (let i = 0; i < 5; i++) {
    const { shown, handed, durable, driven, withdrawn, opened } = await house.visit(house.newText(), 'reader');
    const inOrder = [shown, handed, durable, driven, withdrawn, opened];
    expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
    expect(handed).toBeGreaterThan(shown);
  }
});
