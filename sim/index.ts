/** A world to put the lock in: a house for tests, a house in real time, or a world in virtual time. */
export { embeddedBroker } from './broker/embedded.ts';
export { fuzz, fuzzed } from './fuzz/fuzz.ts';
export { type House, type HouseOptions, startHouse } from './house.ts';
export type { Cut, CutLength, Cuttable } from './kit/cuts.ts';
export type { Hands } from './kit/hands.ts';
export { type HouseKeys, house, type TestGrant, type TestHouse, type TestHouseOptions } from './kit/house.ts';
export type { HouseError } from './kit/house-error.ts';
export type { OwnerStatement } from './kit/owner.ts';
export type { Shown } from './kit/showing.ts';
export type { Moment, Token, TokenRequest } from './kit/tokens.ts';
export type { HouseTruth, WantedTruth } from './kit/truth.ts';
export { type IssueRequest, type People, people, type Seeds } from './people.ts';
export type { Plant, Truth } from './plant/plant.ts';
export { parseScenario } from './scenario/file.ts';
export { type Outcome, play } from './scenario/player.ts';
export { readScenario, type Scenario } from './scenario/scenario.ts';
export { recording } from './scenario/trace.ts';
export { type Cast, cast, type World, type WorldOptions, world } from './world.ts';
