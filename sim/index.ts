/** A world to put the lock in: a house in real time, or a world in virtual time. */
export { embeddedBroker } from './broker/embedded.ts';
export { type House, type HouseOptions, startHouse } from './house.ts';
export { type IssueRequest, type People, people, type Seeds } from './people.ts';
export type { Plant, Truth } from './plant/plant.ts';
export { type Cast, cast, type World, type WorldOptions, world } from './world.ts';
