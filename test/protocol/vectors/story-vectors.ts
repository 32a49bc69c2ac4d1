/** stories.json: what no single message shows, the rules about what a lock does in time. */

import type { Story } from './story.ts';
import { afarStories } from './story-afar.ts';
import { doorStories } from './story-door.ts';
import { listeningStories } from './story-listening.ts';
import { memoryStories } from './story-memory.ts';
import { ownerStories } from './story-owner.ts';
import { vetoStories } from './story-veto.ts';

export const storyVectors = (): readonly Story[] => [
  ...listeningStories(),
  ...memoryStories(),
  ...doorStories(),
  ...ownerStories(),
  ...vetoStories(),
  ...afarStories(),
];
