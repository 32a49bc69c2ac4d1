/** stories.json: what no single message shows, the rules about what a lock does in time. */

import type { Story } from './story.ts';
import { listeningStories } from './story-listening.ts';
import { memoryStories } from './story-memory.ts';

export const storyVectors = (): readonly Story[] => [...listeningStories(), ...memoryStories()];
