/**
 * Where a scenario is played: the door and its people, the wires, the power, and somebody who listens
 * at the broker. The steps of the language act on it, the expectations ask it, and neither knows
 * whether time is virtual (`virtual-stage.ts`) or real (`real-stage.ts`).
 */
import type { Answer } from '../../firmware/doorman.ts';
import type { Profile } from '../../firmware/lock/profiles/index.ts';
import type { Indication } from '../../firmware/ports/index.ts';
import type { Channel, Topics, WallS } from '../../protocol/index.ts';
import type { People } from '../people.ts';
import type { Plant } from '../plant/plant.ts';
import type { World } from '../world.ts';
import type { Heard } from './heard.ts';

/** `a`: simulated ports in virtual time. `b`: real johnny-five bytes, real MQTT, a real disk, real time. */
export const TIERS = ['a', 'b'] as const;
export type Tier = (typeof TIERS)[number];

export interface Stage {
  readonly tier: Tier;
  readonly profile: Profile;
  readonly plant: Plant;
  readonly people: People;
  readonly topics: Topics;
  readonly heard: Heard;
  /** Time since the scenario began. */
  nowMs(): number;
  wallS(): WallS;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until it holds; whether it did within the time. Looks whenever something happens. */
  until(holds: () => boolean, withinMs: number): Promise<boolean>;
  /** Calls back once, later. */
  after(ms: number, callback: () => void): void;
  /** Whether the lock is up. */
  isUp(): boolean;
  /** What the light shows; undefined where nobody can see it. */
  indication(): Indication | undefined;
  /** Somebody shows a text. Undefined when nobody looks at it: dark, or another channel than there is. */
  show(text: string, channel: Channel): Answer | undefined;
  /** Somebody publishes at the broker. */
  send(topic: string, payload: string, retain: boolean): void;
  network(there: boolean): Promise<void>;
  board(there: boolean): void;
  /** Mains. Back, the lock boots. */
  power(on: boolean): Promise<void>;
  /** The wire to the board carries nothing for a while. Tier A. */
  stallBoard(stalls: boolean): void;
  /** Bytes that are no Firmata come in over it. Tier B. */
  noise(): void;
  /** Everything that was published at the broker so far, by the lock or for it: what a thief there has. */
  readonly captured: readonly Captured[];
  /** What only a virtual world has: power, disk and clocks. Undefined in real time. */
  readonly world: World | undefined;
  end(): Promise<void>;
}

/** Awaited now and then while a scenario is played, between two things that happen, with the time since it began. What it throws ends the run. */
export type Breathe = (atMs: number) => Promise<void>;

/** What `Breathe` throws when somebody has told the run to end. */
export class CutShort extends Error {}

export interface Captured {
  readonly topic: string;
  readonly payload: string;
}

/** How much of the broker's traffic a thief keeps: the newest. */
export const CAPTURED_MAX = 2_000;
