/**
 * What can be seen of a world from outside the lock, one by one and in order: for checkers, for a
 * trace, for a time line. The lock knows nothing of it, and is never asked.
 */
import type { Answer } from '../firmware/doorman.ts';
import type { Contact } from '../firmware/ports/index.ts';
import type { Channel } from '../protocol/index.ts';
import type { Truth } from './plant/plant.ts';
import type { DiskOperation } from './ports/disk.ts';

export type Observation =
  /** What is so at the door has become another. */
  | { readonly what: 'truth'; readonly truth: Truth }
  /** An edge of a contact, as it is on the wire: bounces, broken contacts and all. */
  | { readonly what: 'contact'; readonly contact: Contact; readonly closed: boolean }
  /** The lock is up, or on its way to an orderly end, or its power is gone, or its process. */
  | { readonly what: 'lock'; readonly is: 'up' | 'ending' | 'dark' | 'ended' }
  | { readonly what: 'board'; readonly there: boolean }
  | { readonly what: 'network'; readonly there: boolean }
  | ({ readonly what: 'disk' } & DiskOperation)
  /** The broker has taken a message of the lock's, or its will. */
  | { readonly what: 'published'; readonly topic: string; readonly payload: string; readonly retain: boolean }
  /** Somebody else has published where the lock listens. */
  | { readonly what: 'sent'; readonly topic: string; readonly payload: string; readonly retain: boolean }
  /** Somebody has shown a text, and what the lock made of it at once. */
  | { readonly what: 'shown'; readonly channel: Channel; readonly text: string; readonly answer: Answer }
  /** Something was broken on purpose, or mended. */
  | { readonly what: 'fault'; readonly fault: string; readonly on: boolean }
  /** Time has passed: for whoever has to notice that nothing happened. */
  | { readonly what: 'rest' }
  /** Somebody has seen to the wall clock. */
  | { readonly what: 'clock'; readonly wallMs: number };

/** Looks at one observation, `atMs` after the world began. */
export type Observer = (observation: Observation, atMs: number) => void;
