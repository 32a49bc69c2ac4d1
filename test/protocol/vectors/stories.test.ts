/** Our own lock in every story: it says and does at each step what the specification asks. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isOurs } from './published.ts';
import type { Comes, ControlAnswer, Step, Story } from './story.ts';
import { play } from './story-lock.ts';
import { STORIES } from './write.ts';

const stories: readonly Story[] = JSON.parse(readFileSync(STORIES, 'utf8'));

/** What is not said in a story does not come; but an answer that may come, and what is not asked. */
function wanted({ comes }: Step, came: Comes): Comes {
  const { maybe = [], names = came.names, replies = [], controls = [], ...rest } = comes;
  const given = came.controls ?? [];
  const isGiven = (answer: ControlAnswer) => given.some((other) => JSON.stringify(other) === JSON.stringify(answer));
  const whole = controls.map((answer, i) => (answer.length === 3 ? [...answer, ...(given[i] ?? []).slice(3)] : answer));
  return {
    refused: [],
    moves: [],
    outcomes: [],
    ...rest,
    ...(names === undefined ? {} : { names }),
    controls: [...whole, ...maybe.filter(isGiven)] as readonly ControlAnswer[],
    replies,
  };
}

const counted = (comes: Comes, want: Comes): Comes =>
  typeof want.replies === 'number' && Array.isArray(comes.replies)
    ? { ...comes, replies: comes.replies.filter(({ ok }) => ok).length }
    : comes;

describe(STORIES, () => {
  it.each(stories.map((story) => [story.sections.join(' '), story.name, story] as const))(
    '%s: %s',
    async (_rules, _name, story) => {
      const { comes, published } = await play(story);
      const want = story.steps.map((step, i) => wanted(step, comes[i] ?? {}));
      const at = (list: readonly Comes[]) => list.map((one, i) => ({ at: story.steps[i]?.at, ...one }));
      expect(at(comes.map((one, i) => counted(one, want[i] ?? {})))).toEqual(at(want));
      const foreign = published.filter((said) => !isOurs({ ...said, audience: story.audience, retained: said.retain }));
      expect(foreign).toEqual([]);
      // A part of a text is as secret as the whole.
      const parts = story.steps.flatMap((step) => (step.does === 'show' ? [step.text.slice(0, 40)] : []));
      const told = published.filter(({ payload }) => parts.some((part) => part.length > 20 && payload.includes(part)));
      expect(told).toEqual([]);
    },
  );
});
